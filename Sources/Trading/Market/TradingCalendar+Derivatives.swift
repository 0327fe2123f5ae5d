extension TradingCalendar {
    /// NSE and BSE derivatives, 2025 and 2026.
    ///
    /// 2025: several independent lists agree. 2026: NSE/CMTR/71775, NSE/FAOP/71777 and
    /// BSE 20251212-8, and the circular of January 2026 for the 15th. Holidays on weekends are
    /// left out: the weekend closes those days already.
    package static let derivatives = TradingCalendar(
        years: [2025, 2026],
        closed: holidays2025.merging(holidays2026) { _, late in late },
        sessions: [
            // Budgets on a weekend, with normal hours.
            MarketSession(Day(2025, 2, 1), .special, from: TimeOfDay(9, 15), to: TimeOfDay(15, 30)),
            MarketSession(Day(2026, 2, 1), .special, from: TimeOfDay(9, 15), to: TimeOfDay(15, 30)),
            MarketSession(
                Day(2025, 10, 21), .muhurat, from: TimeOfDay(13, 45), to: TimeOfDay(14, 45)),
        ]
    )

    private static let holidays2025: [Day: Closure] = [
        Day(2025, 2, 26): .holiday("Mahashivratri"),
        Day(2025, 3, 14): .holiday("Holi"),
        Day(2025, 3, 31): .holiday("Id-ul-Fitr"),
        Day(2025, 4, 10): .holiday("Mahavir Jayanti"),
        Day(2025, 4, 14): .holiday("Ambedkar Jayanti"),
        Day(2025, 4, 18): .holiday("Good Friday"),
        Day(2025, 5, 1): .holiday("Maharashtra Day"),
        Day(2025, 8, 15): .holiday("Independence Day"),
        Day(2025, 8, 27): .holiday("Ganesh Chaturthi"),
        Day(2025, 10, 2): .holiday("Gandhi Jayanti"),
        Day(2025, 10, 22): .holiday("Diwali Balipratipada"),
        Day(2025, 11, 5): .holiday("Guru Nanak Jayanti"),
        Day(2025, 12, 25): .holiday("Christmas"),
    ]

    private static let holidays2026: [Day: Closure] = [
        Day(2026, 1, 15): .holiday("Maharashtra municipal elections"),
        Day(2026, 1, 26): .holiday("Republic Day"),
        Day(2026, 3, 3): .holiday("Holi"),
        Day(2026, 3, 26): .holiday("Ram Navami"),
        Day(2026, 3, 31): .holiday("Mahavir Jayanti"),
        Day(2026, 4, 3): .holiday("Good Friday"),
        Day(2026, 4, 14): .holiday("Ambedkar Jayanti"),
        Day(2026, 5, 1): .holiday("Maharashtra Day"),
        Day(2026, 5, 28): .holiday("Bakri Id"),
        Day(2026, 6, 26): .holiday("Muharram"),
        Day(2026, 9, 14): .holiday("Ganesh Chaturthi"),
        Day(2026, 10, 2): .holiday("Gandhi Jayanti"),
        Day(2026, 10, 20): .holiday("Dussehra"),
        Day(2026, 11, 8): .notAnnounced("Muhurat, hours to be announced"),
        Day(2026, 11, 10): .holiday("Diwali Balipratipada"),
        Day(2026, 11, 24): .holiday("Guru Nanak Jayanti"),
        Day(2026, 12, 25): .holiday("Christmas"),
    ]
}
