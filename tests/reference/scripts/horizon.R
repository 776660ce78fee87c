# What survRM2 has no function for: quantities up to a day with leave-one-out pseudo-values, and tests at one day.
# Rscript horizon.R, in this folder; writes ../horizon.json from ../data/cgh_sim.csv. Needs survival and jsonlite.
options(digits = 15)
suppressPackageStartupMessages({library(survival); library(jsonlite)})
d <- read.csv("../data/cgh_sim.csv"); d$arm <- factor(d$arm, c("MED", "MTE", "BLOCK")); d$res <- as.integer(d$cause == 1)
rmean <- function(x, tau) unname(summary(survfit(Surv(time, res) ~ 1, x), rmean = tau)$table["rmean"])
surv <- function(x, day) summary(survfit(Surv(time, res) ~ 1, x), times = day, extend = TRUE)$surv
leave_one_out <- function(x, f, at) { n <- nrow(x); n * f(x, at) - (n - 1) * vapply(seq_len(n), function(i) f(x[-i, ], at), 0) }
within_arms <- function(f, at) { out <- numeric(nrow(d)); for (a in levels(d$arm)) out[d$arm == a] <- leave_one_out(d[d$arm == a, ], f, at); out }
# adjusted means: a linear model of the pseudo-values, HC3 errors, covariates at their mean
adjusted <- function(y) {
  fit <- lm(y ~ arm + age + hd0, d); x <- model.matrix(fit); b <- solve(crossprod(x)); u <- residuals(fit) / (1 - hatvalues(fit))
  v <- b %*% crossprod(x * u) %*% b
  l <- cbind(1, c(0, 1, 0), c(0, 0, 1), mean(d$age), mean(d$hd0))
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(v))), df = df.residual(fit), mean = as.numeric(l %*% coef(fit)), mean_vcov = unname(l %*% v %*% t(l)))
}
# Klein, Logan, Harhoff and Andersen's test on the scale of log(-log S), and the plain differences with Greenwood's errors
at_day <- function(day) {
  s <- summary(survfit(Surv(time, res) ~ arm, d), times = day); se_log <- s$std.err / s$surv
  p <- combn(3, 2)
  data.frame(group = levels(d$arm)[p[2, ]], reference = levels(d$arm)[p[1, ]], difference = s$surv[p[1, ]] - s$surv[p[2, ]],
    se = sqrt(s$std.err[p[1, ]]^2 + s$std.err[p[2, ]]^2),
    chisq = (log(-log(s$surv[p[1, ]])) - log(-log(s$surv[p[2, ]])))^2 / ((se_log / log(s$surv))[p[1, ]]^2 + (se_log / log(s$surv))[p[2, ]]^2))
}
ps_rmst <- within_arms(rmean, 26); ps_surv <- within_arms(surv, 12); all_rmst <- leave_one_out(d, rmean, 26); all_surv <- leave_one_out(d, surv, 12)
case <- function(id, model, results) list(id = id, dataset = "cgh_sim", model = model, results = results)
cases <- list(
  case("pseudo_jackknife_cgh", "leave-one-out pseudo-values of the mean up to week 26 and of survival to week 12, all together",
    list(rmst26 = all_rmst, surv12 = all_surv)),
  case("pseudo_jackknife_by_arm_cgh", "the same, within arms", list(rmst26 = ps_rmst, surv12 = ps_surv)),
  case("rmst_adjusted_cgh", "lm(pseudo-values by arm ~ arm + age + hd0), HC3", adjusted(ps_rmst)),
  case("milestone_adjusted_cgh", "lm(pseudo-values of resolution by week 12, by arm ~ arm + age + hd0), HC3", adjusted(1 - ps_surv)),
  case("milestone_km_cgh", "resolution by weeks 12 and 26: differences, Greenwood; log(-log) test", list(week12 = at_day(12), week26 = at_day(26))))
o <- list(file = "horizon.json", R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), origin = "survival from Debian", cases = cases)
writeLines(toJSON(o, digits = NA, auto_unbox = TRUE, dataframe = "rows", matrix = "rowmajor", pretty = 1), "../horizon.json")
