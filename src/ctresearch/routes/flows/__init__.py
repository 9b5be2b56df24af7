"""From where to where: tables of flows with places of every role, corridors and hubs."""
