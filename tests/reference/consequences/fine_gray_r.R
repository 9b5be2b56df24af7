# Reference values for entry, weights, strata and ties of FineGray, weighted incidence and exact ties, by R and its packages
# survival and cmprsk. Run `Rscript fine_gray_r.R` in this folder, where competing.csv, entry.csv and rossi.csv are; it writes
# fine_gray_r.json. finegray() misplaces weights where it has strata, so weights are multiplied in by hand there.
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
options(digits=15)
e <- read.csv("competing.csv"); n <- nrow(e); i <- seq_len(n)
e$entry <- pmin(e$months-1, (i*7) %% 6); e$w <- 0.5+(i %% 4)/2; e$site <- c("p","q")[1+(i %% 5 > 1)]; e$id <- i; e$rid <- i
e$st <- factor(e$outcome, c("censor","exit","return"))
values <- function(m) list(coef=as.list(coef(m)), se=as.list(setNames(sqrt(diag(m$var)), names(coef(m)))), loglik=m$loglik)
out <- list(versions=list(R=as.character(getRversion()), survival=as.character(packageVersion("survival")), cmprsk=as.character(packageVersion("cmprsk"))))
m0 <- Surv(fgstart,fgstop,fgstatus)~age+route; ms <- update(m0, .~.+strata(site))
for (k in c("exit","return")) for (t in c("efron","breslow")) {
  put <- function(name, m) out[[paste(name,k,t,sep="_")]] <<- values(m)
  f <- finegray(Surv(months,st)~age+route+rid, e, etype=k)
  put("plain", coxph(m0, f, weights=fgwt, ties=t, cluster=rid))
  f <- finegray(Surv(months,st)~age+route+rid, e, etype=k, weights=w)
  put("weights", coxph(m0, f, weights=fgwt, ties=t, cluster=rid))
  f <- finegray(Surv(entry,months,st)~age+route+site+rid, e, etype=k, id=id)
  put("entry", coxph(m0, f, weights=fgwt, ties=t, cluster=rid))
  put("strata", coxph(ms, f, weights=fgwt, ties=t, cluster=rid))
  f <- finegray(Surv(entry,months,st)~age+route+strata(site)+rid, e, etype=k, id=id); f$w <- e$w[f$rid]; f$site <- e$site[f$rid]
  put("all", coxph(ms, f, weights=fgwt*w, ties=t, cluster=rid))
}
X <- model.matrix(~age+route, e)[,-1]
for (k in c("exit","return")) {
  f <- crr(e$months, e$outcome, X, cengroup=e$site, failcode=k, cencode="censor", gtol=1e-12)
  out[[paste0("cengroup_",k)]] <- list(coef=as.list(f$coef), se=as.list(setNames(sqrt(diag(f$var)), names(f$coef))))
  f <- crr(e$months, e$outcome, X, failcode=k, cencode="censor", gtol=1e-12)
  out[[paste0("crr_",k)]] <- list(coef=as.list(f$coef), se=as.list(setNames(sqrt(diag(f$var)), names(f$coef))))
}
for (case in c("weighted","weighted_entry")) {
  s <- if (case=="weighted") survfit(Surv(months,st)~1, e, weights=w, id=id, robust=TRUE) else survfit(Surv(entry,months,st)~1, e, weights=w, id=id, robust=TRUE)
  m <- summary(s, times=c(6,10)); out[[case]] <- list(share=m$pstate[,2:3], se=m$std.err[,2:3])
}
d <- read.csv("entry.csv"); d$site <- rep(c("a","b"), each=20); r <- read.csv("rossi.csv")
d$start <- floor(d$start/3)*3; d$stop <- ceiling(d$stop/3)*3  # coarse times, many ties
d <- d[d$stop > d$start,]
out$exact_entry <- values(coxph(Surv(start,stop,event)~x+z, d, ties="exact"))
out$exact_strata <- values(coxph(Surv(start,stop,event)~x+z+strata(site), d, ties="exact"))
out$exact_rossi <- values(coxph(Surv(week,arrest)~fin+age+race+wexp+mar+paro+prio, r, ties="exact"))
zph <- function(m) tryCatch(cox.zph(m)$table[,"chisq"], error=function(x) conditionMessage(x))
out$exact_zph <- zph(coxph(Surv(week,arrest)~fin+age+race+wexp+mar+paro+prio, r, ties="exact"))
out$rho <- lapply(c(0,0.5,1), function(p) survdiff(Surv(week,arrest)~fin, r, rho=p)$chisq)
out$rho_strata <- lapply(c(0,1), function(p) survdiff(Surv(week,arrest)~fin+strata(race), r, rho=p)$chisq)
cs <- cuminc(e$months, e$outcome, e$route, strata=e$site, cencode="censor"); out$gray_strata <- cs$Tests[,"stat"]
write(toJSON(out, digits=15, auto_unbox=TRUE, na="null"), "fine_gray_r.json")
