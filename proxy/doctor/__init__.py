"""`vitrine doctor`: what protects on this host, found by trying it, in words for whoever runs the service."""
