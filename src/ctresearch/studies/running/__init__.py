"""How a run is planned and built, here or on other machines."""
