# Competing events and states: more cases than 07_competing.R has, heavy ties among them, and multi-state histories.
# Run from tests/reference: Rscript scripts/13_states.R   (writes states.json and data/cgh_states.csv)
options(digits = 15, stringsAsFactors = FALSE)
suppressPackageStartupMessages({library(survival); library(cmprsk); library(jsonlite)})
cgh <- read.csv("data/cgh_sim.csv"); cgh$arm <- factor(cgh$arm, c("MED", "MTE", "BLOCK")); long <- read.csv("data/cgh_long.csv")
rows <- function(x, id = "cause") { d <- as.data.frame(x); cbind(setNames(data.frame(rownames(x)), id), setNames(d, names(d))) }
cases <- list(); case <- function(id, model, results) cases[[length(cases) + 1]] <<- list(id = id, dataset = "cgh_sim", model = model, results = results)

# times rounded up to months: five or six distinct days' worth of ties
cgh$month <- ceiling(cgh$time / 4.33); x <- model.matrix(~ arm + age + hd0, cgh)[, -1]
for (rho in c(0, 0.5)) case(paste0("gray_months_rho", rho), "cuminc(month, cause, arm, rho)", rows(cuminc(cgh$month, cgh$cause, cgh$arm, rho = rho)$Tests))
case("gray_months_strata", "cuminc(month, cause, arm, strata = site, rho = 1)", rows(cuminc(cgh$month, cgh$cause, cgh$arm, strata = cgh$site, rho = 1)$Tests))
two <- cgh$arm != "BLOCK"; case("gray_two_arms", "cuminc(time, cause, arm), arms MED and MTE", rows(cuminc(cgh$time[two], cgh$cause[two], droplevels(cgh$arm[two]))$Tests))
tp <- timepoints(cuminc(cgh$month, cgh$cause, cgh$arm), 1:9); case("aj_months", "cuminc(month, cause, arm): est, var at months 1..9, rows arm cause", list(rows = rownames(tp$est), est = unname(tp$est), var = unname(tp$var)))
for (k in 1:2) { f <- crr(cgh$month, cgh$cause, x, failcode = k, gtol = 1e-12, maxiter = 100)
  case(paste0("crr_months_cause", k), "crr(month, cause, ~ arm + age + hd0)", list(coef = unname(f$coef), vcov = unname(f$var), loglik = f$loglik, loglik_null = f$loglik.null, time = f$uftime, cif_at_means = predict(f, colMeans(x))[, 2])) }

# weights and late entry: the multi-state curve of survival, whose errors are the infinitesimal jackknife's
cgh$w <- rep_len(c(0.5, 1, 1.5, 2), nrow(cgh)); cgh$entry <- ifelse(seq_len(nrow(cgh)) %% 3 == 0, cgh$time / 2, 0); cgh$ev <- factor(cgh$cause, 0:2, c("censored", "1", "2"))
ms <- function(f, at) { z <- summary(f, times = at, extend = TRUE); list(strata = as.character(z$strata), time = z$time, states = f$states, pstate = unname(z$pstate), std_err = unname(z$std.err)) }
case("aj_weighted", "survfit(Surv(time, ev) ~ arm, weights = rep_len(c(.5, 1, 1.5, 2)))", ms(survfit(Surv(time, ev) ~ arm, cgh, weights = w, id = id), c(4, 12, 26, 39)))
late <- cgh; late$start <- late$entry
case("aj_entry", "survfit(Surv(entry, time, ev) ~ arm), every third row enters at time / 2", ms(survfit(Surv(start, time, ev) ~ arm, late, id = id, start.time = 0, p0 = c(1, 0, 0)), c(4, 12, 26, 39)))

# histories: a headache counts as resolved at a visit with at most 8 headache days; who switched is out at the next visit
h <- list()
for (p in cgh$id) { d <- long[long$id == p & !is.na(long$hd), ]; if (!nrow(d)) next
  k <- match(p, cgh$id); d$day <- 7 * d$week + k %% 7 - 3; out <- if (cgh$cause[k] == 2) 7 * cgh$time[k] else Inf; was <- "headache"; begin <- 0
  for (j in seq_len(nrow(d))) { gone <- d$hd[j] <= 8
    to <- if (d$day[j] > out) "switched" else if (was == "headache" && gone) "resolved" else if (was == "resolved" && !gone) "recurred" else if (was == "recurred" && gone) "resolved" else NA
    h[[length(h) + 1]] <- data.frame(id = p, arm = as.character(cgh$arm[k]), start = begin, stop = d$day[j], from = was, to = to)
    begin <- d$day[j]; if (!is.na(to)) was <- to; if (was == "switched") break } }
h <- do.call(rbind, h); write.csv(h, "data/cgh_states.csv", row.names = FALSE, na = "")
lev <- c("headache", "resolved", "recurred", "switched"); h$arm <- factor(h$arm, levels(cgh$arm)); h$event <- factor(ifelse(is.na(h$to), "censored", h$to), c("censored", lev)); h$was <- factor(h$from, lev)
f <- survfit(Surv(start, stop, event) ~ arm, h, id = id, istate = was); m <- ms(f, c(28, 56, 84, 120, 182)); case("states_arm", "survfit(Surv(start, stop, event) ~ arm, id = id, istate = from)", m)
days <- lapply(levels(h$arm), function(a) { s <- survfit(Surv(start, stop, event) ~ 1, h[h$arm == a, ], id = id, istate = was, influence = TRUE); tau <- 182
  t <- c(0, s$time[s$time < tau], tau); w <- diff(t); p <- rbind(s$p0, s$pstate[s$time < tau, , drop = FALSE]); u <- s$influence.pstate
  # influence is people x times x states, the first time being the start
  k <- c(TRUE, s$time < tau); if (dim(u)[2] == length(s$time)) { u0 <- array(0, c(dim(u)[1], 1, dim(u)[3])); uu <- array(c(u0, u), NULL); v <- array(0, dim(u) + c(0, 1, 0)); v[, -1, ] <- u; u <- v }
  list(arm = a, states = s$states, mean = colSums(w * p), std_error = sapply(seq_along(s$states), function(j) sqrt(sum((u[, k, j] %*% w)^2)))) })
case("days_in_state", "area under survfit's pstate up to day 182 by arm, and the root sum of squares of its influence", days)
v <- function(p) as.character(packageVersion(p))
writeLines(toJSON(list(file = "states.json", R = R.version.string, packages = list(survival = v("survival"), cmprsk = v("cmprsk")), origin = "Debian apt", cases = cases), digits = NA, auto_unbox = TRUE, na = "null", pretty = 1), "states.json")
