"""Images one after another → GIF, WebP and MP4; server code never imports this, workers do."""
