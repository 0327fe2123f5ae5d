import HTTP
package import Trading

extension DhanClient {
    /// The broker's clock, to the second, as any of its answers has it, also a refusal; nil where
    /// none came or it did not say. The call carries no token.
    package func date(_ answer: @escaping @Sendable (EventTime?) -> Void) {
        let request = HTTPRequest(
            .get, access.endpoints.rest + "/profile",
            headers: [(name: "User-Agent", value: "squareoff")], egress: access.egress?.text,
            authorities: access.endpoints.caFile)
        http.send(request) { result in
            answer((try? result.get())?.headers["date"].flatMap { EventTime(httpDate: $0) })
        }
    }
}

extension EventTime {
    /// An HTTP date: `Mon, 15 Dec 2025 04:30:00 GMT`.
    package init?(httpDate text: String) {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, let index = months.firstIndex(of: parts[2]),
            let time = TimeOfDay(text: parts[4])
        else { return nil }
        let month = "0\(index + 1)".suffix(2)
        guard let day = Day(text: "\(parts[3])-\(month)-\(parts[1])") else { return nil }
        self.init(milliseconds: day.number * 86_400_000 + time.milliseconds)
        guard Readable.time.contains(milliseconds) else { return nil }
    }
}
