# Timings of R's survival and cmprsk on binary columns: Rscript programs.R FOLDER prints JSON. Seconds of the processor's
# time, the least of three runs, one where it is long, without reading the data.
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(TRUE)[1]
column <- function(name) { path <- file.path(folder, paste0(name, ".f64")); readBin(path, "double", file.size(path) / 8) }
names <- sub("\\.f64$", "", list.files(folder, "f64$"))
d <- as.data.frame(setNames(lapply(names, column), names))
d$arm <- factor(d$arm, 0:2, c("drug", "manual", "block"))
many <- d[seq_len(1e5), ]; few <- d[seq_len(1e4), ]; some <- many[many$day > 0, ]
seconds <- function(call) { taken <- numeric(0); while (length(taken) < 3 && sum(taken) < 10) { gc(); taken <- c(taken, sum(system.time(call())[1:2])) }; min(taken) }
x <- model.matrix(~ arm + a + b + c + d, d)[, -1]; y <- Surv(d$day, d$gone)
bare <- function() coxph.fit(x, y, strata = NULL, offset = NULL, init = NULL, control = coxph.control(), weights = NULL, method = "efron", rownames = NULL, resid = FALSE)
fit <- coxph(Surv(day, gone) ~ arm + a + b + c + d, many)
tasks <- list(
  "Kaplan-Meier" = function() survfit(Surv(day, gone) ~ arm, d),
  "log-rank" = function() survdiff(Surv(day, gone) ~ arm, d),
  "Cox" = function() coxph(Surv(day, gone) ~ arm + a + b + c + d, d),
  "Cox, arrays" = bare,
  "Cox, robust" = function() coxph(Surv(day, gone) ~ arm + a + b + c + d, many, cluster = id),
  "ph test" = function() cox.zph(fit),
  "Weibull" = function() survreg(Surv(day, gone) ~ arm + a + b + c + d, some))
if (requireNamespace("cmprsk", quietly = TRUE)) tasks[["Fine-Gray"]] <- function() cmprsk::crr(few$day, few$cause, x[seq_len(1e4), ])
found <- vapply(tasks, seconds, 0)
cat("{", paste(sprintf('"%s": %.6f', names(found), found), collapse = ", "), "}", sep = "")
