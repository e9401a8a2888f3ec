"""What operators see of the running service: never who looks at whom."""
