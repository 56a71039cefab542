# Arabic, Persian and Tigrinya can't be shown on the text console: there a session falls back to French. A graphical
# session and a remote one keep the person's language.
case "$TERM-${LANG-}" in
linux-ar* | linux-fa* | linux-ti*) export LANG=fr_FR.UTF-8 LANGUAGE=fr:en ;;
esac
