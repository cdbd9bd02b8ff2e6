"""From tokens to one person across partners."""
