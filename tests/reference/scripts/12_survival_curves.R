# Cumulative hazards, late entry and trend on the free simulated cohort: Rscript 12_survival_curves.R (from anywhere).
# Weeks are rounded up, so that most events are tied; every third person enters halfway; weights 0.5 to 2, or 1 to 3.
options(digits = 15, warn = 1, stringsAsFactors = FALSE)
suppressPackageStartupMessages({library(jsonlite); library(survival)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
cgh <- read.csv(file.path(here, "..", "data", "cgh_sim.csv"))
cgh$arm <- factor(cgh$arm, c("MED", "MTE", "BLOCK")); cgh$week <- ceiling(cgh$time); cgh$res <- as.integer(cgh$cause == 1)
i <- seq_len(nrow(cgh)); cgh$start <- ifelse(i %% 3 == 0, floor(cgh$week / 2), 0)
cgh$w <- rep_len(c(.5, 1, 1.5, 2), nrow(cgh)); cgh$times <- rep_len(1:3, nrow(cgh)); cgh$score <- as.integer(cgh$arm)
CASES <- list()
case <- function(id, model, results) CASES[[length(CASES) + 1]] <<- list(id = id, dataset = "cgh_sim", model = model, results = results)
curve <- function(s) list(strata = as.list(s$strata), time = s$time, n_risk = s$n.risk, n_event = s$n.event, surv = s$surv, se = if (s$logse) s$surv * s$std.err else s$std.err, lower = s$lower, upper = s$upper, cumhaz = s$cumhaz, se_cumhaz = s$std.chaz)
for (k in 1:2) case(sprintf("hazard_ties_%d", k), sprintf("survfit(Surv(week, res) ~ arm, stype = 2, ctype = %d, conf.type = 'log-log')", k), curve(survfit(Surv(week, res) ~ arm, cgh, stype = 2, ctype = k, conf.type = "log-log")))
case("late_entry", "survfit(Surv(start, week, res) ~ arm, conf.type = 'log-log')", curve(survfit(Surv(start, week, res) ~ arm, cgh, conf.type = "log-log")))
case("weighted", "survfit(Surv(week, res) ~ arm, weights = w, robust = TRUE, conf.type = 'log-log')", curve(survfit(Surv(week, res) ~ arm, cgh, weights = w, robust = TRUE, conf.type = "log-log")))
case("late_entry_weighted", "survfit(Surv(start, week, res) ~ arm, weights = w, robust = TRUE, id = id)", curve(survfit(Surv(start, week, res) ~ arm, cgh, weights = w, robust = TRUE, id = id, conf.type = "log-log")))
case("counted", "survfit(Surv(week, res) ~ arm, weights = times, robust = FALSE, conf.type = 'log-log')", curve(survfit(Surv(week, res) ~ arm, cgh, weights = times, robust = FALSE, conf.type = "log-log")))
# the score test of the exact partial likelihood is the log-rank test with its hypergeometric variance; with late entry R
# enumerates subsets of the risk sets, so that ties are broken there by the row's number
cgh$fine <- cgh$time + i / 1e5; cgh$since <- ifelse(i %% 3 == 0, cgh$fine / 2, 0)
score_test <- function(fo) { f <- coxph(fo, cgh, ties = "exact"); list(statistic = f$score, df = length(coef(f)), p_value = pchisq(f$score, length(coef(f)), lower.tail = FALSE)) }
fo <- list(plain = Surv(week, res) ~ arm, strata = Surv(week, res) ~ arm + strata(site), trend = Surv(week, res) ~ score, trend_strata = Surv(week, res) ~ score + strata(site), late = Surv(since, fine, res) ~ arm, late_strata = Surv(since, fine, res) ~ arm + strata(site), trend_late = Surv(since, fine, res) ~ score, trend_late_strata = Surv(since, fine, res) ~ score + strata(site))
case("logrank_score", "coxph(..., ties = 'exact')$score", lapply(fo, score_test))
# a trend in the weighted differences of survdiff
trend <- function(rho, fo) { s <- survdiff(fo, cgh, rho = rho); d <- if (is.matrix(s$obs)) rowSums(s$obs - s$exp) else s$obs - s$exp; a <- 1:3; sum(a * d)^2 / c(a %*% s$var %*% a) }
case("trend_rho", "survdiff(Surv(week, res) ~ arm, rho), ~ arm + strata(site)", lapply(list(plain = Surv(week, res) ~ arm, strata = Surv(week, res) ~ arm + strata(site)), function(f) lapply(list(rho_0 = 0, rho_0.5 = .5, rho_1 = 1), trend, fo = f)))
o <- list(file = "survival_curves.json", R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))), origin = "survival from Debian", cases = CASES)
writeLines(toJSON(o, digits = NA, auto_unbox = TRUE, null = "null", na = "null", pretty = FALSE), file.path(here, "..", "survival_curves.json"))
