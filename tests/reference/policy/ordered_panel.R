# Values of tests/policy/test_ordered_panel.py: run from this folder by Rscript ordered_panel.R
suppressMessages({library(survival); library(MASS)})
options(digits = 15)
d <- read.csv("ordered_panel.csv")
d$mx <- ave(d$x, d$country)
d$mz <- ave(d$z, d$country)
m <- polr(factor(grade) ~ x + z + mx + mz + factor(year), d, Hess = TRUE, control = list(reltol = 1e-15, maxit = 500))
cat("polr", c(coef(m)[1:4], m$zeta), "\n")
s <- do.call(rbind, lapply(2:4, function(k) {
  e <- d
  e$y <- as.integer(e$grade >= k)
  e$s <- paste(e$country, k)
  e
}))
b <- clogit(y ~ x + z + factor(year) + strata(s), s, method = "exact", control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
cat("clogit", coef(b)[1:2], "\n")
cat(R.version.string, "MASS", as.character(packageVersion("MASS")), "survival", as.character(packageVersion("survival")), "\n")
