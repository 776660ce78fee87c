# Cox regression beyond 05_survival.R, on the free simulated cohort: Rscript 16_cox_more.R (from anywhere).
# Weeks are rounded up, so that most events are tied. Person i comes back every 5 + (7 i mod 11) weeks until ten weeks
# after the end, and after every second time is out of sight for two weeks.
options(digits = 15, warn = 1, stringsAsFactors = FALSE)
suppressPackageStartupMessages({library(jsonlite); library(survival); library(splines)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
cgh <- read.csv(file.path(here, "..", "data", "cgh_sim.csv"))
cgh$arm <- factor(cgh$arm, c("MED", "MTE", "BLOCK")); cgh$week <- ceiling(cgh$time); cgh$res <- as.integer(cgh$cause == 1)
CASES <- list()
case <- function(id, model, results) CASES[[length(CASES) + 1]] <<- list(id = id, dataset = "cgh_sim", model = model, results = results)
exactly <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15)
said <- function(f) list(terms = names(coef(f)), coef = unname(coef(f)), vcov = unname(f$var), naive_vcov = unname(if (is.null(f$naive.var)) f$var else f$naive.var), loglik = f$loglik, score = f$score)
# truly discrete time
for (fo in c("arm + age + hd0", "arm + age + hd0 + strata(site)")) case(paste0("exact_", if (grepl("site", fo)) "strata" else "plain"), paste("coxph(Surv(week, res) ~", fo, ", ties = 'exact')"), said(coxph(as.formula(paste("Surv(week, res) ~", fo)), cgh, ties = "exact", control = exactly)))
# a covariate that changes in week 8, in rows (start, stop]
cut <- survSplit(Surv(week, res) ~ ., cgh, cut = c(4, 8, 12), start = "start"); cut$late <- as.numeric(cut$start >= 8 & cut$arm == "MTE")
for (ties in c("efron", "breslow")) { f <- coxph(Surv(start, week, res) ~ arm + late + age, cut, ties = ties, control = exactly); case(paste0("changing_", ties), "coxph(Surv(start, week, res) ~ arm + late + age) of survSplit(cut = c(4, 8, 12)), late = start >= 8 & arm MTE", c(said(f), list(n = nrow(cut), zph = unname(cox.zph(f, terms = FALSE)$table[, "chisq"])))) }
# scaled Schoenfeld residuals smoothed by a natural spline with knots at thirds of the transformed event times
f <- coxph(Surv(week, res) ~ arm + age + hd0, cgh, control = exactly); z <- cox.zph(f, transform = "km", terms = FALSE)
basis <- function(x) ns(x, knots = quantile(z$x, c(1, 2) / 3), Boundary.knots = range(z$x), intercept = TRUE)
b <- basis(z$x); fit <- apply(z$y, 2, function(y) lm.fit(b, y)$fitted.values); load <- b %*% solve(crossprod(b), t(b))
se <- sqrt(outer(diag(load), f$nevent * diag(f$var))); first <- !duplicated(z$time)
case("effect_over_time", "cox.zph(coxph(Surv(week, res) ~ arm + age + hd0)), smoothed by splines::ns", list(week = z$time[first], effect = unname(fit[first, ]), se = unname(se[first, ])))
# everybody's predicted curve with each arm, averaged
weeks <- c(4, 12, 26)
average <- sapply(levels(cgh$arm), function(a) { d <- cgh; d$arm <- factor(a, levels(cgh$arm)); rowMeans(summary(survfit(f, d), times = weeks)$surv) })
case("standardised", "mean of survfit(coxph(Surv(week, res) ~ arm + age + hd0), everybody with an arm) at weeks 4, 12, 26", list(arms = levels(cgh$arm), weeks = weeks, survival = unname(average)))
# events that come again
again <- do.call(rbind, lapply(seq_len(nrow(cgh)), function(i) { end <- cgh$week[i] + 10; every <- 5 + (7 * i) %% 11; at <- 0; k <- 0; out <- NULL
  repeat { back <- at + every; out <- rbind(out, data.frame(i = i, arm = cgh$arm[i], age = cgh$age[i], start = at, stop = min(back, end), back = as.integer(back <= end))); k <- k + 1; at <- back + if (k %% 2 == 0) 2 else 0; if (at >= end) break }
  out }))
for (ties in c("efron", "breslow")) case(paste0("recurrent_", ties), "coxph(Surv(start, stop, back) ~ arm + age, cluster = i)", c(said(coxph(Surv(start, stop, back) ~ arm + age, again, cluster = i, ties = ties, control = exactly)), list(n = nrow(again))))
s <- survfit(Surv(start, stop, back) ~ arm, again, id = i, cluster = i, robust = TRUE); s <- summary(s, times = c(10, 20, 30, 45))
case("mean_count", "survfit(Surv(start, stop, back) ~ arm, id = i, cluster = i, robust = TRUE)", list(strata = as.character(s$strata), time = s$time, mean = s$cumhaz, se = s$std.chaz, n_risk = s$n.risk))
o <- list(file = "cox_more.json", R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), origin = "survival from Debian", cases = CASES)
writeLines(toJSON(o, digits = NA, auto_unbox = TRUE, null = "null", na = "null", matrix = "rowmajor", pretty = FALSE), file.path(here, "..", "cox_more.json"))
