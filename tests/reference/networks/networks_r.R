# Reference values for the tests of ctresearch.networks, by R and its packages igraph and sna, on networks that may be shipped.
# Run `python ../../network_measures.py FOLDER` and then `Rscript networks_r.R FOLDER` in this folder; it writes networks_r.json.
source("measures.R")
FOLDER <- commandArgs(TRUE)[1]
values <- list()
for (file in list.files(FOLDER, "_matrix.csv$")) {
  name <- sub("_matrix.csv", "", file)
  W <- sorted(as.matrix(read.csv(file.path(FOLDER, file), row.names = 1, check.names = FALSE)))
  groups <- read.csv(file.path(FOLDER, paste0(name, "_groups.csv")), colClasses = "character")
  values[[name]] <- all_of(W, setNames(groups$group, groups$actor)); message(name) }
for (file in list.files(FOLDER, "_attended.csv$")) {
  B <- as.matrix(read.csv(file.path(FOLDER, file), row.names = 1, check.names = FALSE))
  values[[sub("_attended.csv", "", file)]] <- list(two_mode = two_modes(B[order(rownames(B), method = "radix"), ])) }
report(values, "networks_r.json")
