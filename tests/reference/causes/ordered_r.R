# Reference values for ctresearch.causes.OrderedLogit, by MASS::polr (R) with a tight stopping rule.
# Run `Rscript ordered_r.R` in this folder; it writes ordered_r.json. The countries are those of ../kelley_simmons_2015.
suppressMessages({library(MASS); library(jsonlite)})
f <- read.csv("../kelley_simmons_2015/incidence_2003.csv")
f <- f[complete.cases(f[, c("ht_incidence_origin", "lgdppc", "lgdppc2", "logpop", "fh_cl")]), ]
f$w <- c(1, 2, 3)[1 + (seq_len(nrow(f)) - 1) %% 3]
for (v in c("lgdppc", "logpop", "fh_cl")) f[[v]] <- f[[v]] - mean(f[[v]])
f$square <- f$lgdppc^2
values <- function(m) { s <- summary(m)$coefficients; list(estimate=as.list(s[, 1]), std_error=as.list(s[, 2]), loglik=as.numeric(logLik(m))) }
tight <- list(reltol=1e-16, maxit=10000)
plain <- polr(factor(ht_incidence_origin) ~ lgdppc + square + logpop + fh_cl, f, Hess=TRUE, control=tight)
weighted <- polr(factor(ht_incidence_origin) ~ lgdppc + square + logpop + fh_cl, f, weights=w, Hess=TRUE, control=tight)
out <- list(versions=list(R=as.character(getRversion()), MASS=as.character(packageVersion("MASS"))), n=nrow(f), plain=values(plain), weighted=values(weighted))
write(toJSON(out, digits=15, auto_unbox=TRUE), "ordered_r.json")
