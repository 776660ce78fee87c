# Accelerated failure time regression where data are more awkward: scales by stratum, weights, clusters, and exact,
# left-, interval- and right-censored rows together. Run: Rscript aft_more.R   (from anywhere)
suppressPackageStartupMessages({library(survival); library(jsonlite)})
options(digits = 15)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "..", "data", "cgh_sim.csv"))
d$arm <- factor(d$arm, c("MED", "MTE", "BLOCK"))
row <- seq_len(nrow(d))
d$count <- 1 + row %% 3                     # whole weights
d$w <- c(0.5, 1, 1.5, 2)[1 + row %% 4]      # others
# every third person who resolved is known to the day, the others up to the interval
exact <- row %% 3 == 0 & d$cause == 1
d$l <- ifelse(exact, d$time, d$left); d$r <- ifelse(exact, d$time, d$right)
ends <- function(l, r) Surv(ifelse(l <= 0, NA, l), ifelse(is.infinite(r), NA, r), type = "interval2")
d$seen <- ends(d$left, d$right); d$mixed <- ends(d$l, d$r); d$known <- Surv(d$time, d$cause == 1)
d <- d[!(d$left == 0 & is.infinite(d$right)), ]   # such rows carry no information
tight <- survreg.control(rel.tolerance = 1e-13, maxiter = 300)
new <- data.frame(arm = factor(c("MED", "BLOCK"), levels(d$arm)), age = c(40, 60), trauma = c(0, 1))
cases <- list()
case <- function(id, fit, dist, ...) {
  table <- summary(fit)$table
  q <- predict(fit, new, type = "quantile", p = c(.1, .5, .9), se.fit = TRUE)
  cases[[length(cases) + 1]] <<- list(id = paste0(id, "_", dist), dataset = "cgh_sim", model = paste(deparse(fit$call$formula, 500)), options = list(dist = dist, ...),
    results = list(theta = unname(c(coef(fit), if (dist != "exponential") log(fit$scale))), scale = unname(fit$scale), vcov = unname(fit$var), naive = if (!is.null(fit$naive.var)) unname(fit$naive.var),
      loglik = fit$loglik[2], resid_response = unname(head(residuals(fit, "response"), 30)), resid_deviance = unname(head(residuals(fit, "deviance"), 30)), quantile = unname(q$fit), quantile_se = unname(q$se.fit)))
}
for (dist in c("weibull", "lognormal", "loglogistic")) {
  case("scale_by_trauma", survreg(seen ~ arm + age + strata(trauma), d, dist = dist, control = tight), dist, strata = "trauma")
  case("mixed", survreg(mixed ~ arm + age, d, dist = dist, control = tight), dist)
  case("mixed_by_trauma", survreg(mixed ~ arm + age + strata(trauma), d, dist = dist, control = tight), dist, strata = "trauma")
  # sandwiches of right-censored times only: of intervals, R 3.5-3's row scores do not sum to zero at the maximum, and
  # its robust variance leaves weights out of them
  case("cluster", survreg(known ~ arm + age, d, dist = dist, control = tight, cluster = site), dist, cluster = "site")
  weighted <- survreg(known ~ arm + age, d, dist = dist, control = tight, weights = w)
  weighted$var <- crossprod(residuals(weighted, "dfbeta", weighted = TRUE))
  case("weights", weighted, dist, weights = "0.5, 1, 1.5, 2 by row %% 4")
  case("counts", survreg(mixed ~ arm + age, d, dist = dist, control = tight, weights = count), dist, weights = "1 + row %% 3")
}
case("mixed", survreg(mixed ~ arm + age, d, dist = "exponential", control = tight), "exponential")
out <- list(file = "aft_more.json", R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), origin = "survival from Debian", script = "scripts/aft_more.R",
  note = "Weibull residuals of interval-censored rows are not R's to compare with: survreg.distributions$extreme$deviance leaves the scale out of the centre", cases = cases)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null", matrix = "rowmajor"), file.path(here, "..", "aft_more.json"))
