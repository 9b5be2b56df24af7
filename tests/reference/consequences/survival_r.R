# Reference values for the tests of ctresearch.consequences, by R and its packages survival and cmprsk.
# Run `Rscript survival_r.R` in this folder; it writes the three tables and survival_r.json. rossi.csv is the recidivism data
# of Rossi, Berk and Lenihan (1980), Money, Work and Crime, as in the R package carData (Rossi, first ten columns used here).
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
options(digits=15)
d <- data.frame(
 id=rep(1:20, each=2),
 start=c(0,4, 0,3, 0,5, 1,6, 0,2, 2,7, 0,6, 3,8, 0,4, 1,5, 0,3, 2,6, 0,8, 4,9, 0,5, 0,7, 1,4, 3,6, 0,2, 5,9),
 stop =c(4,9, 3,8, 5,6, 6,10, 2,7, 7,12, 6,9, 8,11, 4,6, 5,9, 3,6, 6,8, 8,12, 9,12, 5,8, 7,9, 4,6, 6,11, 2,6, 9,12),
 event=c(0,1, 0,1, 1,1, 0,0, 0,1, 1,0, 0,1, 0,1, 1,1, 0,1, 0,1, 1,0, 0,1, 0,0, 0,1, 1,1, 0,1, 0,0, 0,1, 1,0),
 x=c(0.5,1.2,-.3,.4,1.1,.9,-1,-.2,.3,.8,-.6,-.1,1.4,.2,.7,-.5,-.8,.6,1,.1,.2,-.4,.9,1.3,-1.1,-.7,.4,.5,.0,-.9,1.2,.6,-.2,.3,.8,1.5,-.3,-.6,.1,.7),
 z=rep(c(0,1,1,0,1,0,0,1,1,0,1,0,1,0,0,1,0,1,0,1), each=2))
write.csv(d, "entry.csv", row.names=FALSE)
out <- list(versions=list(R=as.character(getRversion()), survival=as.character(packageVersion("survival")), cmprsk=as.character(packageVersion("cmprsk"))))
for (t in c("efron","breslow")) { m <- coxph(Surv(start,stop,event)~x+z+cluster(id), d, ties=t); b<-basehaz(m,centered=TRUE)
 out[[paste0("cox_",t)]] <- list(coef=as.list(coef(m)), se=as.list(setNames(sqrt(diag(m$naive.var)),names(coef(m)))), robust=as.list(setNames(sqrt(diag(m$var)),names(coef(m)))), loglik=m$loglik, hazard=b$hazard, time=b$time, zph=cox.zph(coxph(Surv(start,stop,event)~x+z, d, ties=t))$table[,"chisq"]) }
s <- survfit(Surv(start,stop,event)~1, d, conf.type="log-log"); out$km <- list(time=s$time, at_risk=s$n.risk, surv=s$surv, se=s$std.err*s$surv, low=s$lower, high=s$upper)
sd <- survdiff(Surv(stop,event)~z, d); out$log_rank <- list(chisq=sd$chisq, observed=sd$obs, expected=sd$exp)
set.seed(20260); n <- 150
g <- sample(c("a","b","c"), n, TRUE); x <- round(rnorm(n),1)
t1 <- rexp(n, .06*exp(.5*x+.4*(g=="b"))); t2 <- rexp(n,.04*exp(-.3*x)); cc <- runif(n,2,20)
time <- pmax(1, ceiling(pmin(t1,t2,cc))); st <- ifelse(pmin(t1,t2)>cc,"censor",ifelse(t1<t2,"exit","return"))
e <- data.frame(months=time, outcome=st, route=g, age=x); write.csv(e,"competing.csv",row.names=FALSE)
ci <- cuminc(time, st, g, cencode="censor"); out$gray <- list(statistic=ci$Tests[,"stat"], p=ci$Tests[,"pv"], df=ci$Tests[,"df"])
tp <- timepoints(ci, c(3,6,10,15)); out$cuminc <- list(times=c(3,6,10,15), rows=rownames(tp$est), est=tp$est, var=tp$var)
X <- model.matrix(~age+route, e)[,-1]
f <- crr(time, st, X, failcode="exit", cencode="censor", gtol=1e-10); out$crr <- list(coef=as.list(f$coef), se=as.list(setNames(sqrt(diag(f$var)),names(f$coef))), loglik=f$loglik, loglik_null=f$loglik.null)
f2 <- crr(time, st, X, failcode="return", cencode="censor", gtol=1e-10); out$crr_return <- list(coef=as.list(f2$coef), se=as.list(setNames(sqrt(diag(f2$var)),names(f2$coef))))
u <- time + seq_len(n)/1000
f3 <- crr(u, st, X, failcode="exit", cencode="censor", gtol=1e-10); out$crr_untied <- list(coef=as.list(f3$coef), se=as.list(setNames(sqrt(diag(f3$var)),names(f3$coef))))
cu <- cuminc(u, st, g, cencode="censor"); out$gray_untied <- cu$Tests[,"stat"]
ms <- survfit(Surv(months, factor(outcome))~route, e); sm <- summary(ms, times=c(3,6,10,15)); out$aj <- list(strata=as.character(sm$strata), time=sm$time, state=ms$states, pstate=sm$pstate, se=sm$std.err)
sk <- survfit(Surv(months, outcome!="censor")~route, e); out$rmst <- list(table=as.data.frame(summary(sk, rmean=15)$table), names=rownames(summary(sk, rmean=15)$table))
lr <- survdiff(Surv(months, outcome!="censor")~route, e); out$log_rank3 <- list(chisq=lr$chisq)
# interval censored
lo <- floor(t1); hi <- ifelse(t1>cc, NA, lo+sample(1:3,n,TRUE)); lo <- ifelse(t1>cc, floor(cc), lo)
iv <- data.frame(after=lo, by=hi, age=x, route=g); iv$after[iv$after==0] <- 0; write.csv(iv,"interval.csv",row.names=FALSE)
L <- ifelse(iv$after==0, NA, iv$after); w <- survreg(Surv(L, iv$by, type="interval2")~age+route, iv, dist="weibull", control=survreg.control(rel.tolerance=1e-12, maxiter=100)); out$weibull <- list(coef=as.list(coef(w)), scale=w$scale, se=sqrt(diag(w$var)), loglik=w$loglik)
ic <- survfit(Surv(L, iv$by, type="interval2")~1); out$turnbull <- list(time=ic$time, surv=ic$surv)
r <- read.csv("rossi.csv"); rs <- survfit(Surv(week,arrest)~fin, r); rl <- survdiff(Surv(week,arrest)~fin, r)
rt <- summary(rs, rmean=52)$table
out$rossi <- list(log_rank=rl$chisq, rmean=rt[,"rmean"], se=rt[,"se(rmean)"])
for (k in c("efron","breslow")) { m <- coxph(Surv(week,arrest)~fin+age+race+wexp+mar+paro+prio, r, ties=k); out[[paste0("rossi_",k)]] <- list(coef=as.list(coef(m)), se=as.list(setNames(sqrt(diag(m$var)),names(coef(m)))), loglik=m$loglik, zph=cox.zph(m)$table[,"p"]) }
mc <- survfit(Surv(start,stop,event)~1, d, id=id, robust=TRUE); out$mean_events <- list(time=mc$time, mean=mc$cumhaz, se=mc$std.chaz)
k <- survreg(Surv(c(1,2,4))~1, control=survreg.control(rel.tolerance=1e-12)); out$weibull_known <- list(coef=coef(k)[[1]], log_scale=log(k$scale), loglik=k$loglik[2])
write(toJSON(out, digits=15, auto_unbox=TRUE, na="null"), "survival_r.json")
