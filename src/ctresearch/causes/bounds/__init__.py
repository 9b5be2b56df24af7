"""Which causes keep their sign whatever else is controlled for."""
