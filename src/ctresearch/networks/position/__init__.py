"""Where actors stand: centrality, brokerage, structural holes."""
