"""What became of cases in the courts of a country: offences, contact, prosecution, conviction, and no cohort."""
