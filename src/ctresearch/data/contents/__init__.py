"""What files should hold: columns, code lists, countries, and the report on what does not fit."""
