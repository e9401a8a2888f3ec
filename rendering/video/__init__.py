"""Stored video taken apart: server code never imports this, workers do."""
