"""How the admin looks: the setting UNFOLD (read with the settings: no Django in here)."""

UNFOLD = {
    "SITE_TITLE": "school.navigation.site_title",
    "SITE_HEADER": "school.navigation.site_title",
    "SITE_SYMBOL": "school",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": True,
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "school.views.dashboard.dashboard_callback",
    "STYLES": [
        "school.navigation.stylesheet",
        "school.navigation.list_stylesheet",
        "school.navigation.print_stylesheet",
        "school.navigation.search_stylesheet",
    ],
    "SIDEBAR": {"navigation": "school.navigation.navigation"},
    "ACCOUNT": {"navigation": "school.navigation.account"},
    # Blue, chosen for contrast with white text (at least 4.5:1 from 600 on).
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}
