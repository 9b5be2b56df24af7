"""How far people come through a referral mechanism, and how long it takes."""
