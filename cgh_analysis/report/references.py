"""The sources that a report cites, by the key that methods and sections use."""

from typing import Final

REFERENCES: Final[dict[str, str]] = {
    "strobe": "von Elm E, Altman DG, Egger M, et al. The STROBE statement: guidelines for reporting observational "
    "studies. Lancet 2007; 370: 1453-57.",
    "target_trial": "Hernán MA, Robins JM. Using big data to emulate a target trial when a randomized trial is not "
    "available. American Journal of Epidemiology 2016.",
    "ichd": "International Headache Society. The International Classification of Headache Disorders: 11.2.1 "
    "Cervicogenic headache (third edition), and the 3-month rule of the second edition.",
    "chisg": "Sjaastad O, Fredriksen TA, Pfaffenrath V. Cervicogenic headache: diagnostic criteria (CHISG). "
    "Headache 1998.",
    "baseline_covariates": "European Medicines Agency. Guideline on adjustment for baseline covariates in clinical "
    "trials. 2015.",
    "hc3": "MacKinnon JG, White H. Some heteroskedasticity-consistent covariance matrix estimators with improved "
    "finite sample properties. Journal of Econometrics 1985.",
    "marginal_means": "Searle SR, Speed FM, Milliken GA. Population marginal means in the linear model. The American "
    "Statistician 1980. doi:10.1080/00031305.1980.10483031.",
    "holm": "Holm S. A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 1979.",
    "hochberg": "Hochberg Y. A sharper Bonferroni procedure for multiple tests of significance. Biometrika 1988; "
    "75: 800-03.",
    "graphs": "Bretz F, Maurer W, Brannath W, Posch M. A graphical approach to sequentially rejective multiple test "
    "procedures. Statistics in Medicine 2009; 28: 586-604. doi:10.1002/sim.3495.",
    "dunnett": "Dunnett CW. A multiple comparison procedure for comparing several treatments with a control. Journal "
    "of the American Statistical Association 1955; 50: 1096-1121.",
    "max_t": "Hothorn T, Bretz F, Westfall P. Simultaneous inference in general parametric models. Biometrical Journal "
    "2008; 50: 346-63. doi:10.1002/bimj.200810425.",
    "mmrm": "Mallinckrodt CH, Lane PW, Schnell D, Peng Y, Mancuso JP. Recommendations for the primary analysis of "
    "continuous endpoints in longitudinal clinical trials. Drug Information Journal 2008. "
    "doi:10.1177/009286150804200402.",
    "kenward_roger": "Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum "
    "likelihood. Biometrics 1997; 53: 983-97.",
    "gee": "Liang KY, Zeger SL. Longitudinal data analysis using generalized linear models. Biometrika 1986; "
    "73: 13-22.",
    "newcombe": "Newcombe RG. Interval estimation for the difference between independent proportions: comparison of "
    "eleven methods. Statistics in Medicine 1998; 17: 873-90.",
    "kaplan_meier": "Kaplan EL, Meier P. Nonparametric estimation from incomplete observations. Journal of the "
    "American Statistical Association 1958.",
    "median": "Brookmeyer R, Crowley J. A confidence interval for the median survival time. Biometrics 1982; "
    "38: 29-41.",
    "turnbull": "Turnbull BW. The empirical distribution function with arbitrarily grouped, censored and truncated "
    "data. Journal of the Royal Statistical Society B 1976; 38: 290-95.",
    "wang_npmle": "Wang Y. On fast computation of the non-parametric maximum likelihood estimate of a mixing "
    "distribution. Journal of the Royal Statistical Society B 2007; 69: 185-98.",
    "banerjee_wellner": "Banerjee M, Wellner JA. Likelihood ratio tests for monotone functions. Annals of Statistics "
    "2001; 29.",
    "tang_grid": "Tang R, Banerjee M, Kosorok MR. Likelihood based inference for current status data on a grid: a "
    "boundary phenomenon and an adaptive inference procedure. Annals of Statistics 2012; 40: 45-72. "
    "doi:10.1214/11-AOS942.",
    "sun": "Sun J. A non-parametric test for interval-censored failure time data with application to AIDS studies. "
    "Statistics in Medicine 1996.",
    "fay_shaw": "Fay MP, Shaw PA. Exact and asymptotic weighted logrank tests for interval censored data: the interval "
    "R package. Journal of Statistical Software 2010; 36(2): 1-34. doi:10.18637/jss.v036.i02.",
    "rmst": "Royston P, Parmar MKB. Restricted mean survival time: an alternative to the hazard ratio for the design "
    "and analysis of randomized trials with a time-to-event outcome. BMC Medical Research Methodology 2013; 13: 152.",
    "piecewise": "Friedman M. Piecewise exponential models for survival data with covariates. Annals of Statistics "
    "1982.",
    "pseudo_values": "Andersen PK, Klein JP, Rosthøj S. Generalised linear models for correlated pseudo-observations, "
    "with applications to multi-state models. Biometrika 2003; 90: 15-27.",
    "milestone": "Klein JP, Logan B, Harhoff M, Andersen PK. Analyzing survival curves at a fixed point in time. "
    "Statistics in Medicine 2007; 26: 4505-19.",
    "cox": "Cox DR. Regression models and life tables. Journal of the Royal Statistical Society B 1972; 34: 187-220.",
    "ph_test": "Grambsch PM, Therneau TM. Proportional hazards tests and diagnostics based on weighted residuals. "
    "Biometrika 1994. doi:10.1093/biomet/81.3.515.",
    "aft": "Wei LJ. The accelerated failure time model: a useful alternative to the Cox regression model in survival "
    "analysis. Statistics in Medicine 1992; 11: 1871-79. doi:10.1002/sim.4780111409.",
    "interval_cox": "Zeng D, Mao L, Lin DY. Maximum likelihood estimation for semiparametric transformation models "
    "with interval-censored data. Biometrika 2016; 103: 253-71. doi:10.1093/biomet/asw013.",
    "profile_likelihood": "Murphy SA, van der Vaart AW. On profile likelihood. Journal of the American Statistical "
    "Association 2000; 95: 449-65.",
    "aalen_johansen": "Aalen OO, Johansen S. An empirical transition matrix for non-homogeneous Markov chains based on "
    "censored observations. Scandinavian Journal of Statistics 1978; 5: 141-50.",
    "gray": "Gray RJ. A class of K-sample tests for comparing the cumulative incidence of a competing risk. Annals of "
    "Statistics 1988; 16: 1141-54.",
    "fine_gray": "Fine JP, Gray RJ. A proportional hazards model for the subdistribution of a competing risk. Journal "
    "of the American Statistical Association 1999; 94: 496-509.",
    "occupation": "Datta S, Satten GA. Validity of the Aalen-Johansen estimators of stage occupation probabilities and "
    "Nelson-Aalen estimators of integrated transition hazards for non-Markov models. Statistics and Probability "
    "Letters 2001; 55: 403-11.",
    "wilson": "Wilson EB. Probable inference, the law of succession, and statistical inference. Journal of the "
    "American Statistical Association 1927; 22: 209-12.",
    "andersen_gill": "Andersen PK, Gill RD. Cox's regression model for counting processes: a large sample study. "
    "Annals of Statistics 1982; 10: 1100-20.",
    "lwyy": "Lin DY, Wei LJ, Yang I, Ying Z. Semiparametric regression for the mean and rate functions of recurrent "
    "events. Journal of the Royal Statistical Society B 2000; 62: 711-30.",
    "smd": "Austin PC. Balance diagnostics for comparing the distribution of baseline covariates between treatment "
    "groups. Statistics in Medicine 2009. doi:10.1002/sim.3697.",
    "smd_category": "Yang D, Dalton JE. A unified approach to measuring the effect size between two groups using SAS. "
    "SAS Global Forum 2012, paper 335.",
}
