# The distribution of RPO and RTO of one failover option, from the windows.csv of its scenario: -v option=NAME.
BEGIN { FS = "," }
NR == 1 { for (i = 1; i <= NF; i++) { if ($i == "rpo.time") rpo = i; if ($i == "rto.write") rto = i } next }
{ n++; a[n] = $rpo; b[n] = $rto }
function row(what, v,    i, j, t, sum) {
    for (i = 2; i <= n; i++) { t = v[i] + 0; for (j = i - 1; j > 0 && v[j] + 0 > t; j--) v[j + 1] = v[j]; v[j + 1] = t }
    for (i = 1; i <= n; i++) sum += v[i]
    printf "%s,%d,%s,%.1f,%.1f,%.1f,%.1f,%.1f\n", option, n, what, sum / n, v[q(0.05)], v[q(0.5)], v[q(0.95)], v[n]
}
function q(p,    i) { i = int(n * p) + 1; return i > n ? n : i }
END { row("rpo", a); row("rto", b) }
