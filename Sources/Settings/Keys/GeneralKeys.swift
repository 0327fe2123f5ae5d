import Trading

extension SettingsKey {
    private static let top = SettingsSection("", \.self)
    private static let redis = SettingsSection("redis", \.redis)
    private static let bus = SettingsSection("bus", \.bus)

    static let generalKeys = [
        redis.key(
            "url", \.url, as: .url,
            "The Redis server, rediss:// for TLS; never with a user or password"),
        bus.key("shards", \.shards, 1...1_024, "Account shards; fixed once a bus exists"),
        bus.key("partitions", \.partitions, 1...64, "Tick partitions; fixed once a bus exists"),
        top.key(
            "instruments", \.instruments, "Path of a CSV of contracts, instead of the broker's list"
        ),
        top.list("indices", \.indices, count: 1...32, "Indices whose options may be traded"),
    ]
}
