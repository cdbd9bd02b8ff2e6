"""What the DAGs share: names, a quiet way to fail, and two ways to run them."""
