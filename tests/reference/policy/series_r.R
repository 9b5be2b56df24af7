# Rscript series_r.R: quasi-Poisson and negative binomial fits of an invented series, with R's own numbers.
suppressMessages(library(MASS))
d <- read.csv("series.csv")
d$law <- as.numeric(d$t >= 40); d$s1 <- sin(2 * pi * d$t / 12); d$c1 <- cos(2 * pi * d$t / 12)
tight <- glm.control(epsilon = 1e-14, maxit = 200)
q <- glm(y ~ offset(log(people)) + I(t - 40) + law + I(pmax(t - 40, 0)) + s1 + c1, quasipoisson, d, control = tight)
b <- suppressWarnings(glm.nb(y ~ offset(log(people)) + I(t - 40) + law + s1 + c1, d, control = tight))
write_one <- function(name, m, k, extra) sprintf('"%s": {"estimate": [%s], "std_error": [%s], "dispersion": %.12g}', name,
  paste(sprintf("%.12g", summary(m)$coef[k, 1]), collapse = ", "), paste(sprintf("%.12g", summary(m)$coef[k, 2]), collapse = ", "), extra)
pearson <- sum(residuals(q, "pearson")^2) / q$df.residual
cat("{", write_one("quasi_poisson", q, 2:4, pearson), ",\n", write_one("negative_binomial", b, 2:3, 1 / b$theta), "}\n", sep = "")
