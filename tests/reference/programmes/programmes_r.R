# Reference values for the tests of ctresearch.programmes, by R and its packages clubSandwich, geepack, lmerTest, AER, lme4 and psych.
# Run `Rscript programmes_r.R` in this folder; it reads the three tables, which ctresearch.data.synthetic made, and writes programmes_r.json.
suppressMessages({library(clubSandwich); library(geepack); library(lmerTest); library(AER); library(psych); library(jsonlite)})
options(digits = 15)
out <- list(versions = lapply(setNames(nm = c("clubSandwich", "geepack", "lmerTest", "lme4", "AER", "psych")), function(p) as.character(packageVersion(p))))
d <- read.csv("trial.csv")
robust <- function(m, cluster, term) lapply(setNames(nm = c("CR2", "CR3")), function(type) {
  one <- coef_test(m, vcov = vcovCR(m, cluster = cluster, type = type), test = "Satterthwaite")
  one <- one[rownames(one) == term | one$Coef == term, ]
  list(estimate = one$beta, se = one$SE, df = one$df_Satt, p = one$p_Satt) })
out$ols <- robust(lm(knows_signs ~ campaign + age + woman, d), d$village, "campaign")
iv <- ivreg(knows_signs ~ attended + age | campaign + age, data = d)
out$iv <- robust(iv, d$village, "attended")
reml <- function(f, data) { m <- lmer(f, data, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  one <- coef(summary(m))["campaign", ]
  list(estimate = one[["Estimate"]], se = one[["Std. Error"]], df = one[["df"]], variances = as.list(setNames(as.data.frame(VarCorr(m))$vcov, as.data.frame(VarCorr(m))$grp))) }
out$mixed <- reml(knows_signs ~ campaign + age + woman + (1 | village), d)
w <- read.csv("wedge.csv"); w$q <- factor(w$quarter); w$vq <- interaction(w$village, w$q)
out$wedge <- reml(knows_signs ~ age + q + campaign + (1 | village) + (1 | vq), w)
w$second <- as.integer(w$quarter >= 3); w$early <- as.integer(w$village %in% sort(unique(w$village))[1:6])
out$did <- robust(lm(knows_signs ~ early * second, w), w$village, "early:second")
g <- geeglm(knows_signs ~ campaign + age, binomial, d, id = factor(village), corstr = "independence")
out$logit <- list(estimate = coef(g)[["campaign"]], se = sqrt(vcov(g)["campaign", "campaign"]))
a <- read.csv("answers.csv")
al <- alpha(a, warnings = FALSE, check.keys = FALSE)
fe <- al$feldt
out$alpha <- list(alpha = al$total$raw_alpha, low = fe$lower.ci[[1]], high = fe$upper.ci[[1]], without = al$alpha.drop$raw_alpha)
fl <- fa(a, nfactors = 1, fm = "ml", covar = TRUE)
out$factor <- list(loadings = as.numeric(fl$loadings), unique = as.numeric(fl$uniquenesses))
long <- data.frame(y = unlist(a), item = factor(rep(names(a), each = nrow(a))), person = factor(rep(seq_len(nrow(a)), ncol(a))))
r <- lme4::glmer(y ~ 0 + item + (1 | person), long, binomial, nAGQ = 25, control = lme4::glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
out$rasch <- list(intercepts = as.numeric(lme4::fixef(r)), slope = attr(lme4::VarCorr(r)$person, "stddev")[[1]], loglik = as.numeric(logLik(r)))
out$power <- list(t = power.t.test(n = 10, delta = 0.5, sd = sqrt((1 + 29 * 0.05) / 30), sig.level = 0.05, strict = TRUE)$power)
write_json(out, "programmes_r.json", digits = NA, auto_unbox = TRUE, pretty = 1)
