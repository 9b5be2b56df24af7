# Values of R for the networks that check_reference_networks.py reads: Rscript reference_networks.R FOLDER OUT.json, in this folder.
source("../tests/reference/networks/measures.R")
FOLDER <- commandArgs(TRUE)[1]; OUT <- commandArgs(TRUE)[2]
matrix_of <- function(file) sorted(as.matrix(read.csv(file.path(FOLDER, file), row.names = 1, check.names = FALSE, fileEncoding = "UTF-8-BOM")))
list_of <- function(file) {
  e <- read.table(file.path(FOLDER, file)); if (ncol(e) == 2) e$w <- 1
  a <- as.character(e[[1]]); b <- as.character(e[[2]]); names <- unique(c(a, b))
  m <- matrix(0, length(names), length(names), dimnames = list(names, names))
  for (i in seq_along(a)) m[a[i], b[i]] <- m[a[i], b[i]] + e[[3]][i]
  sorted(m) }
files <- c(caviar = "morselli_caviar.csv", cielnet = "morselli_cielnet.csv", siren = "morselli_siren.csv", togo = "morselli_togo.csv",
  setNames(sprintf("caviar_phases/phase%d.csv", 1:11), sprintf("caviar_phase%d", 1:11)))
lists <- c(montagna_meetings = "montagna/Montagna_meetings_edgelist.csv", montagna_calls = "montagna/Montagna_phonecalls_edgelist.csv", mexico = "mexico_ht_edges.txt")
values <- list()
r <- read.csv(file.path(FOLDER, "mexico_ht_roles.csv"), header = FALSE, fileEncoding = "UTF-8-BOM", colClasses = "character")
roles <- setNames(sub(" ?[0-9]+$", "", r[[2]]), r[[1]])
for (n in names(files)) { t0 <- Sys.time(); values[[n]] <- all_of(matrix_of(files[[n]])); message(n, " ", format(Sys.time() - t0)) }
for (n in names(lists)) { t0 <- Sys.time(); values[[n]] <- all_of(list_of(lists[[n]]), if (n == "mexico") roles); message(n, " ", format(Sys.time() - t0)) }
togo <- matrix_of(files[["togo"]]); cliques <- max_cliques(graph_from_adjacency_matrix(togo, "undirected"))
B <- sapply(cliques, function(k) 1 * (seq_len(nrow(togo)) %in% k)) # two modes: actors by maximal cliques
values$togo_cliques <- list(two_mode = two_modes(B))
report(values, OUT)
