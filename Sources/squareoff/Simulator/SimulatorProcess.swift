import DhanSimulator
import Foundation
import HTTP
import Trading

/// A simulator in a process of its own, which ends with this one.
final class SimulatorProcess {
    let ports: SimulatorPorts
    private let lifeline = Lifeline()
    private let http = HTTPClient()
    private let process: Process

    /// Milliseconds.
    private static let patience = 5_000

    /// - Parameter arguments: of `squareoff simulator`, but for ports.
    init(_ arguments: [String]) throws {
        let output = Pipe()
        process = try lifeline.start(["simulator", "--child"] + arguments, output: output)
        var text = ""
        while !text.contains("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw SimulatorProcessError.notStarted }
            text += String(decoding: data, as: UTF8.self)
        }
        guard let ports = SimulatorPorts(line: text) else {
            throw SimulatorProcessError.notStarted
        }
        self.ports = ports
    }

    deinit { process.terminate() }

    var url: String { "http://127.0.0.1:\(ports.rest)" }

    /// Makes no more faults.
    func calm() -> Bool { ask(HTTPRequest(.post, url + "/control/calm", body: Array("{}".utf8))) }

    /// Nothing is planned, and everything has been said.
    func isQuiet() -> Bool { ask(HTTPRequest(.get, url + "/control/quiet")) }

    /// Calls of clients so far.
    var calls: Int? { answer(HTTPRequest(.get, url + "/control/calls"))?["calls"] as? Int }

    /// Connections to the order socket.
    var listeners: Int? { answer(HTTPRequest(.get, url + "/control/sockets"))?["orders"] as? Int }

    /// How often each fault has come true.
    var faultsGiven: [String: Int]? {
        answer(HTTPRequest(.get, url + "/control/faults")) as? [String: Int]
    }

    /// Clients whose token the broker no longer takes.
    var withoutToken: [AccountID] {
        let good = answer(HTTPRequest(.get, url + "/control/tokens")) as? [String: Bool] ?? [:]
        return good.filter { !$0.value }.keys.map { AccountID($0) }.sorted()
    }

    /// A new token, as a person gets one from the broker's site; nil where the simulator does not
    /// answer.
    func issueToken(to client: AccountID) -> String? {
        let body = #"{"client":"\#(client)","do":"issue"}"#
        return answer(HTTPRequest(.post, url + "/control/tokens", body: Array(body.utf8)))?["token"]
            as? String
    }

    /// Prices of the market. Nobody waits for them to arrive.
    func quote(_ ticks: [Tick]) {
        let rows = ticks.map { tick in
            #"{"segment":"\#(tick.instrument.segment.rawValue)","#
                + #""security_id":"\#(tick.instrument.securityID)","#
                + (tick.quote.bid.map { #""bid":"\#($0.text)","# } ?? "")
                + (tick.quote.ask.map { #""ask":"\#($0.text)","# } ?? "")
                + #""ltp":"\#(tick.quote.ltp.text)"}"#
        }
        let body = #"{"quotes":[\#(rows.joined(separator: ","))]}"#
        http.send(HTTPRequest(.post, url + "/control/quotes", body: Array(body.utf8))) { _ in }
    }

    private func ask(_ request: HTTPRequest) -> Bool {
        answer(request)?["quiet"] as? Bool ?? false
    }

    private func answer(_ request: HTTPRequest) -> [String: Any]? {
        let result: Result<HTTPResponse, HTTPError>? = Awaited.wait(Self.patience) {
            http.send(request, $0)
        }
        guard case .success(let response)? = result else { return nil }
        return (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any]
    }
}

enum SimulatorProcessError: Error { case notStarted }

extension SimulatorPorts {
    /// `rest=1 orders=2 feed=3`
    fileprivate init?(line: String) {
        let pairs = line.split(whereSeparator: \.isWhitespace).compactMap { pair -> Int? in
            pair.split(separator: "=").last.flatMap { Int($0) }
        }
        guard pairs.count == 3 else { return nil }
        self.init(rest: pairs[0], orders: pairs[1], feed: pairs[2])
    }
}
