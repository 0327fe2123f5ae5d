extension SettingsKey {
    private static let dhan = SettingsSection("dhan", \.dhan)

    static let dhanKeys = [
        dhan.key("rest", \.rest, as: .web, "Orders, books, funds, quotes"),
        dhan.key("auth", \.auth, as: .web, "Where tokens are minted"),
        dhan.key("order_socket", \.orderSocket, as: .socket, "Order updates"),
        dhan.key("feed_socket", \.feedSocket, as: .socket, "Ticks"),
        dhan.key("instruments", \.instruments, as: .web, "The day's list of contracts"),
        dhan.key(
            "ca_file", \.caFile, as: .file,
            "Authorities that are trusted instead of the system's"),
    ]
}
