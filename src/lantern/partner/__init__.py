"""What runs at a partner: it turns the partner's own files into one delivery without names."""
