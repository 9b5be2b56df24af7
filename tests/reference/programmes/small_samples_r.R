# Reference values of small samples and of scales, by R and its packages lme4, lmerTest, pbkrtest, eRm, psychotools and lavaan.
# Run `Rscript small_samples_r.R` in this folder; it reads the tables beside it and writes small_samples_r.json.
suppressMessages({library(lmerTest); library(pbkrtest); library(eRm); library(psychotools); library(psych); library(lavaan); library(jsonlite)})
options(digits = 15)
out <- list(versions = lapply(setNames(nm = c("lme4", "lmerTest", "pbkrtest", "eRm", "psychotools", "psych", "lavaan")), function(p) as.character(packageVersion(p))))
kenward <- function(f, data) { m <- lmer(f, data, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  one <- coef(summary(m, ddf = "Kenward-Roger"))["campaign", ]
  adjusted <- as.matrix(vcovAdj(m)); dimnames(adjusted) <- list(names(fixef(m)), names(fixef(m)))
  list(estimate = one[["Estimate"]], se = sqrt(adjusted["campaign", "campaign"]), df = one[["df"]], p = one[["Pr(>|t|)"]], singular = isSingular(m)) }
d <- read.csv("trial.csv")
out$trial <- kenward(knows_signs ~ campaign + age + woman + (1 | village), d)
place <- ave(seq_len(nrow(d)), d$village, FUN = seq_along); village <- as.integer(factor(d$village))
out$uneven <- kenward(knows_signs ~ campaign + (1 | village), d[place <= 2 * village + 1, ])   # 3, 5, ..., 25 people
w <- read.csv("wedge.csv"); w$q <- factor(w$quarter); w$vq <- interaction(w$village, w$q)
out$wedge <- kenward(knows_signs ~ age + q + campaign + (1 | village) + (1 | vq), w)
d$even <- place %% 5 + 0.3 * d$campaign                                                       # villages as alike as can be
out$zero <- kenward(even ~ campaign + (1 | village), d)
a <- read.csv("answers.csv")
conditional <- psychotools::raschmodel(a)
out$conditional <- list(psychotools = as.numeric(psychotools::itempar(conditional)), eRm = as.numeric(-RM(a)$betapar), se = as.numeric(sqrt(diag(vcov(psychotools::itempar(conditional))))))
f <- cfa(paste("k =~", paste(names(a), collapse = " + ")), a, std.lv = TRUE, likelihood = "wishart")
lambda <- lavInspect(f, "est")$lambda; theta <- diag(lavInspect(f, "est")$theta)
out$factor <- list(loadings = as.numeric(lambda), unique = as.numeric(theta), omega = sum(lambda)^2 / (sum(lambda)^2 + sum(theta)))
out$omega_of_correlations <- suppressWarnings(suppressMessages(psych::omega(a, nfactors = 1, fm = "ml", plot = FALSE)))$omega.tot
write_json(out, "small_samples_r.json", digits = NA, auto_unbox = TRUE, pretty = 1)
