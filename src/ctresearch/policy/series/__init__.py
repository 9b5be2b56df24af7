"""Did one series change when a policy began: interrupted series, with a change of counting as a declared rival."""
