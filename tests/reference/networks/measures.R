# What R says of a network, by igraph, sna and formulas written out: measures of ctresearch.networks and the calls that make them.
# Sourced by networks_r.R here and by benchmarks/reference_networks.R; only sums over actors come out, never actors or rows.
suppressMessages({library(igraph); library(sna, warn.conflicts = FALSE); library(jsonlite)})
detach("package:sna")
sorted <- function(m) { o <- order(rownames(m), method = "radix"); m[o, o] }
# distances, paths and pictures by base R
paths <- function(A) { n <- nrow(A); d <- distances(graph_from_adjacency_matrix(A, "directed"), mode = "out"); diag(d) <- Inf; d }
ens <- function(W) { Z <- W + t(W); P <- Z / rowSums(Z); M <- Z / apply(Z, 1, max)
  sapply(seq_len(nrow(Z)), function(i) { j <- which(Z[i, ] > 0); if (!length(j)) NaN else length(j) - sum(P[i, j] %*% t(M[j, j, drop = FALSE])) }) }
burt <- function(W) { Z <- W + t(W); P <- Z / rowSums(Z); P[is.nan(P)] <- 0; Q <- P + P %*% P; diag(Q) <- 0; v <- rowSums((Q * (Z > 0))^2); ifelse(rowSums(Z) > 0, v, NaN) }
first <- function(W) { e <- eigen(t(W)); v <- abs(Re(e$vectors[, which.max(Re(e$values))])); v / max(v) }
lub <- function(A) { R <- is.finite(paths(A)); diag(R) <- TRUE; k <- components(graph_from_adjacency_matrix(A, "directed"), "weak")$membership; no <- 0; all <- 0
  for (c1 in unique(k)) { i <- which(k == c1); m <- length(i); if (m < 3) next; all <- all + (m - 1) * (m - 2) / 2
    for (a in 1:(m - 1)) for (b in (a + 1):m) { up <- which(R[, i[a]] & R[, i[b]]); no <- no + !(length(up) && any(colSums(R[up, up, drop = FALSE]) == length(up))) } }
  1 - no / all } # the definition in the help of sna::lubness: each upper bound reaches the least one
collective <- function(U) { k <- rowSums(U); d <- distances(graph_from_adjacency_matrix(U, "undirected")); pmax(k - 1, 0) * as.vector((d == 2) %*% pmax(k - 1, 0)) }
disparity <- function(W, directed) { p <- function(w, tot, deg) ifelse(matrix(deg, nrow(w), ncol(w)) > 1, (1 - w / tot)^(deg - 1), 1)
  K <- W > 0; out <- p(W, rowSums(W), rowSums(K)); into <- t(p(t(W), colSums(W), colSums(K)))
  v <- pmin(out, into); e <- if (directed) which(K) else which(K & upper.tri(K)); v <- v[e]; c(sum(v < 0.05), sum(v[v < 0.5])) }
sets <- function(U, k, value) { v <- combn(nrow(U), k, function(K) value(U, K)); c(max(v), sum(v > max(v) - 1e-9)) }
apart <- function(U, K) { c1 <- components(graph_from_adjacency_matrix(U[-K, -K], "undirected"))$csize; n <- nrow(U) - length(K); 1 - sum(c1 * (c1 - 1)) / (n * (n - 1)) }
far <- function(U, K) { d <- distances(graph_from_adjacency_matrix(U[-K, -K], "undirected")); diag(d) <- Inf; n <- nrow(U) - length(K); 1 - sum(1 / d) / (n * (n - 1)) }
reached <- function(steps) function(D, K) (sum(colSums(D[K, , drop = FALSE] <= steps) > 0) - length(K)) / (nrow(D) - length(K))
near <- function(D, K) sum(1 / apply(D[K, -K, drop = FALSE], 2, min)) / (nrow(D) - length(K))
core <- function(A, star) { n <- nrow(A); off <- row(A) != col(A); best <- -2; size <- 0
  for (s in 1:(2^n - 2)) { inside <- as.logical(intToBits(s))[1:n]; both <- outer(inside, inside, "&"); any <- outer(inside, inside, "|")
    keep <- if (star) off else off & (both | !any); x <- (if (star) any else both)[keep]
    if (length(unique(x)) < 2) next
    y <- A[keep]; if (length(unique(y)) < 2) next
    r <- cor(x, y); if (r > best + 1e-9) best <- r }
  best }
dyads <- function(A, gl, directed) { s <- outer(gl, gl, "=="); k <- if (directed) row(A) != col(A) else upper.tri(A); data.frame(y = A[k], same = 1 * s[k]) }
alike <- function(A) { n <- nrow(A); B <- cbind(A, t(A)); v <- c(); for (i in 1:(n - 1)) for (j in (i + 1):n) { k <- -c(i, j, n + i, n + j)
  a <- B[i, k]; b <- B[j, k]; v <- c(v, if (all(a == b)) 1 else if (sd(a) > 0 && sd(b) > 0) cor(a, b) else NaN) }; v }
taken <- function(U, score, steps) { g <- graph_from_adjacency_matrix(U, "undirected"); out <- max(components(g)$csize)
  for (s in 1:steps) { v <- score(g); g <- delete_vertices(g, max(which(v > max(v) - 1e-9))); out <- c(out, max(components(g)$csize)) }; out / out[1] }
attend <- function(B) { x <- rowSums(B) / sqrt(sum(B)); y <- colSums(B) / sqrt(sum(B)) # margins of the configuration model
  for (i in 1:200000) { o <- outer(x, y); x <- rowSums(B) / rowSums(sweep(1 / (1 + o), 2, y, "*")); o <- outer(x, y); y2 <- colSums(B) / colSums(x / (1 + o))
    if (max(abs(y2 - y)) < 1e-15) break; y <- y2 }
  o <- outer(x, y); o / (1 + o) }
together <- function(B) { P <- attend(B); S <- B %*% t(B); v <- c(); for (i in 1:(nrow(B) - 1)) for (j in (i + 1):nrow(B)) if (S[i, j] > 0) { m <- 1
  for (p in P[i, ] * P[j, ]) m <- c(m * (1 - p), 0) + c(0, m * p); v <- c(v, sum(m[(S[i, j] + 1):length(m)])) }; v }
sized <- function(v) c(sum(v < 0.05), sum(v[v < 0.5]))

both <- alist(
  density = edge_density(g), mean_distance = mean_distance(g), diameter = diameter(g), global_efficiency = global_efficiency(g),
  fragmentation = 1 - sum(is.finite(paths(U))) / (n * (n - 1)), distance_fragmentation = 1 - sum(1 / paths(U)) / (n * (n - 1)),
  components = components(u)$no, largest_component = max(components(u)$csize) / n, isolates = sum(rowSums(U) == 0), mean_degree = mean(rowSums(U)),
  transitivity = transitivity(u, "global"), local_clustering = transitivity(u, "localaverage", isolates = "zero"),
  degree_assortativity = assortativity_degree(u), largest_core = max(coreness(u)),
  degree_centralisation = sna::centralization(U, sna::degree, mode = "graph"),
  betweenness_centralisation = sna::centralization(A, sna::betweenness, mode = mode),
  degree = igraph::degree(g), betweenness = igraph::betweenness(g), closeness = igraph::closeness(g, mode = "in"),
  closeness_normalized = { d <- t(paths(A)); k <- rowSums(is.finite(d)); d[!is.finite(d)] <- 0; ifelse(k > 0, k^2 / (rowSums(d) * (n - 1)), 0) },
  harmonic = harmonic_centrality(g, mode = "in"), eigenvector_igraph = eigen_centrality(g, directed = mode == "digraph")$vector, eigenvector = first(W),
  pagerank = page_rank(g)$vector, coreness = coreness(u), clustering = transitivity(u, "local", isolates = "zero"),
  collective_influence = collective(U), constraint = constraint(g), constraint_formula = burt(A), effective_size = ens(A),
  contacts = rowSums(U), security = 1 - sum(U) / (n * (n - 1)),
  brokerage = as.vector(t(sna::brokerage(A, gl)$raw.nli[, c("w_I", "w_O", "b_OI", "b_IO", "b_O")])),
  assortativity = assortativity_nominal(g, match(gl, unique(gl))), ei_index = { s <- outer(gl, gl, "=="); 1 - 2 * sum(A * s) / sum(A) },
  tie_model = { f <- xtabs(~ same + y, dyads(A, gl, mode == "digraph")); v <- rowSums(1 / f); c(qlogis(f[1, 2] / sum(f[1, ])), diff(qlogis(f[, 2] / rowSums(f))), sqrt(c(v[1], sum(v)))) },
  mrqap = coef(lm(y ~ same, dyads(A, gl, mode == "digraph"))), mrqap_sna = sna::netlm(A, 1 * outer(gl, gl, "=="), mode = mode, nullhyp = "classical")$coefficients,
  structural_equivalence = alike(A), core_missing = if (n <= 16) core(A, FALSE), core_star = if (n <= 16) core(A, TRUE))
directed <- alist(
  reciprocity = reciprocity(g), reciprocity_sna = sna::grecip(A, measure = "edgewise"),
  in_degree_centralisation = sna::centralization(A, sna::degree, cmode = "indegree"), out_degree_centralisation = sna::centralization(A, sna::degree, cmode = "outdegree"),
  connectedness = sna::connectedness(A), hierarchy = sna::hierarchy(A, measure = "krackhardt"), tree_efficiency = sna::efficiency(A), unity_of_command = lub(A), unity_of_command_sna = sna::lubness(A),
  in_degree = igraph::degree(g, mode = "in"), out_degree = igraph::degree(g, mode = "out"),
  brokerage_expected = as.vector(t(sna::brokerage(A, gl)$exp.nli[, c("w_I", "w_O", "b_OI", "b_IO", "b_O")])),
  brokerage_std_dev = as.vector(t(sna::brokerage(A, gl)$sd.nli[, c("w_I", "w_O", "b_OI", "b_IO", "b_O")])),
  brokerage_z = as.vector(t(sna::brokerage(A, gl)$z.nli[, c("w_I", "w_O", "b_OI", "b_IO", "b_O")])))
undirected <- alist(
  closeness_centralisation = if (is_connected(g)) sna::centralization(A, sna::closeness, mode = "graph"),
  fragmentation_1 = sets(U, 1, apart), fragmentation_2 = sets(U, 2, apart), fragmentation_3 = if (n <= 45) sets(U, 3, apart),
  distance_fragmentation_1 = sets(U, 1, far), distance_fragmentation_2 = sets(U, 2, far), distance_fragmentation_3 = if (n <= 45) sets(U, 3, far),
  reach_1_1 = sets(D, 1, reached(1)), reach_1_2 = sets(D, 2, reached(1)), reach_2_1 = sets(D, 1, reached(2)), reach_2_2 = sets(D, 2, reached(2)), reach_1_3 = if (n <= 45) sets(D, 3, reached(1)),
  distance_reach_1 = sets(D, 1, near), distance_reach_2 = sets(D, 2, near), distance_reach_3 = if (n <= 45) sets(D, 3, near),
  modularity = if (n <= 36) modularity(cluster_optimal(g)),
  disrupt_degree = taken(U, function(g) igraph::degree(g), 8), disrupt_betweenness = taken(U, function(g) igraph::betweenness(g), 8))
weighted <- alist(
  strength = strength(g), betweenness = igraph::betweenness(g, weights = 1 / E(g)$weight), closeness = igraph::closeness(g, mode = "in", weights = 1 / E(g)$weight),
  harmonic = harmonic_centrality(g, mode = "in", weights = 1 / E(g)$weight), eigenvector_igraph = eigen_centrality(g, directed = mode == "digraph")$vector, eigenvector = first(W),
  pagerank = page_rank(g)$vector, constraint = constraint(g), constraint_formula = burt(W), effective_size = ens(W),
  disparity = disparity(W, mode == "digraph"), mrqap = coef(lm(y ~ same, dyads(W, gl, mode == "digraph"))))
weighted_directed <- alist(in_strength = strength(g, mode = "in"), out_strength = strength(g, mode = "out"))
sums <- function(v) { v <- as.numeric(v); ok <- is.finite(v); list(values = length(v), finite = sum(ok), sum = sum(v[ok]), squares = sum(v[ok]^2), placed = sum(v[ok] * seq_along(v)[ok]) / length(v)) }
run <- function(W, kind, gl, calls, binary) {
  A <- 1 * (W > 0); n <- nrow(A); mode <- if (kind == "directed") "digraph" else "graph"
  if (binary) W <- A
  g <- graph_from_adjacency_matrix(W, kind, weighted = if (binary) NULL else TRUE); U <- 1 * (A + t(A) > 0); u <- graph_from_adjacency_matrix(U, "undirected")
  D <- distances(u); D[D == 0] <- 0
  e <- environment(); out <- list()
  for (m in names(calls)) { v <- tryCatch(suppressWarnings(eval(calls[[m]], e)), error = function(x) { message(m, ": ", conditionMessage(x)); NULL }); if (!is.null(v)) out[[m]] <- sums(v) }
  out }
all_of <- function(W, roles = NULL) {
  gl <- if (is.null(roles)) (seq_len(nrow(W)) - 1) %% 3 else roles[rownames(W)]; S <- if (isSymmetric(unname(W))) W else W + t(W)
  U <- 1 * (S > 0); valued <- length(unique(W[W > 0])) > 1
  out <- list(undirected = run(U, "undirected", gl, c(both, undirected), TRUE), directed = run(W, "directed", gl, c(both, directed), TRUE))
  if (valued) out <- c(out, list(weighted_undirected = run(S, "undirected", gl, weighted, FALSE), weighted_directed = run(W, "directed", gl, c(weighted, weighted_directed), FALSE)))
  out }
two_modes <- function(B) { S <- B %*% t(B); list(shared_events = sums(S[lower.tri(S)]), sdsm = sums(sized(together(B)))) }
report <- function(values, file) {
  two <- alist(shared_events = B %*% t(B), sdsm = together(B))
  kinds <- list(both = both, directed = directed, undirected = undirected, weighted = weighted, weighted_directed = weighted_directed, two_mode = two)
  calls <- lapply(kinds, function(k) lapply(k, function(x) paste(trimws(deparse(x, 500)), collapse = " ")))
  versions <- list(R = R.version.string, igraph = as.character(packageVersion("igraph")), sna = as.character(packageVersion("sna")))
  write_json(list(versions = versions, calls = calls, values = values), file, digits = NA, auto_unbox = TRUE, pretty = 1) }
