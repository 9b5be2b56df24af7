"""Any content as plain tables, so that each rule is written once."""
