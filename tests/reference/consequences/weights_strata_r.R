# Reference values for weights and strata in ctresearch.consequences.HazardModel, by R and its package survival.
# Run `Rscript weights_strata_r.R` in this folder, where entry.csv and rossi.csv are; it writes weights_strata_r.json.
suppressMessages({library(survival); library(jsonlite)})
options(digits=15)
d <- read.csv("entry.csv"); d$w <- rep(c(0.5, 1, 1.5, 2), 10); d$site <- rep(c("a", "b"), each=20)
r <- read.csv("rossi.csv"); r$w <- 0.5 + (seq_len(nrow(r)) %% 5) / 2
values <- function(m) list(coef=as.list(coef(m)), se=as.list(setNames(sqrt(diag(m$var)), names(coef(m)))), loglik=m$loglik)
out <- list(versions=list(R=as.character(getRversion()), survival=as.character(packageVersion("survival"))))
for (t in c("efron", "breslow")) {
  out[[paste0("entry_weights_", t)]] <- values(coxph(Surv(start,stop,event)~x+z, d, weights=w, cluster=id, ties=t))
  m <- coxph(Surv(start,stop,event)~x+z+strata(site), d, ties=t); b <- basehaz(m, centered=TRUE)
  out[[paste0("entry_strata_", t)]] <- c(values(m), list(hazard=b$hazard, time=b$time, stratum=as.character(b$strata), zph=cox.zph(m)$table[,"chisq"]))
  out[[paste0("entry_both_", t)]] <- values(coxph(Surv(start,stop,event)~x+z+strata(site), d, weights=w, cluster=id, ties=t))
  out[[paste0("rossi_weights_", t)]] <- values(coxph(Surv(week,arrest)~fin+age+prio, r, weights=w, robust=TRUE, ties=t))
  out[[paste0("rossi_both_", t)]] <- values(coxph(Surv(week,arrest)~fin+age+prio+strata(race,wexp), r, weights=w, robust=TRUE, ties=t))
}
write(toJSON(out, digits=15, auto_unbox=TRUE, na="null"), "weights_strata_r.json")
