"""Learning from use: what was seen of every method, whether it helped, and the switch that ends it. It stays here."""
