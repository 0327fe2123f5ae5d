/// Where the broker listens. The defaults are the live ones.
package struct DhanEndpoints: Sendable, Hashable {
    package var rest = "https://api.dhan.co/v2"
    package var auth = "https://auth.dhan.co"
    package var orderSocket = "wss://api-order-update.dhan.co"
    package var feedSocket = "wss://api-feed.dhan.co"
    package var instruments = "https://images.dhan.co/api-data/api-scrip-master-detailed.csv"
    /// Authorities to trust instead of the system's, as PEM.
    package var caFile: String?

    package init() {}
}
