"""When countries adopt a law: hazards of adoption, with what others did, told from lags that stay at home."""
