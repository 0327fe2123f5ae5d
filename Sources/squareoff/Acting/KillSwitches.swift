import Brokers
import Foundation
import Trading
import Workers

/// Switches accounts off at the broker, once its own books show them flat.
struct KillSwitches {
    private let desk: Desk
    private let house: DhanHouse

    /// Exits are tried again and again; who waits longer looks for himself.
    private static let patience = 300.0
    private static let pause = 2.0
    /// Two equal looks: the broker's books may be a moment old.
    private static let looks = 2

    init(_ desk: Desk, environment: [String: String]) {
        self.desk = desk
        house = DhanHouse(DhanEndpoints(desk.dhan), environment: environment)
    }

    /// - Parameter isClosed: whether nothing is open here either.
    /// - Returns: false when it was not switched off, which it has said why.
    func activate(_ account: AccountID, _ isClosed: (AccountID) throws -> Bool) -> Bool {
        let client = desk.client(of: account, house)
        let broker = DhanBroker(client: client)
        var flat = 0
        var last = ""
        let began = Date.now
        while flat < Self.looks, Date.now.timeIntervalSince(began) < Self.patience {
            let left = left(account, broker, isClosed)
            flat = left == nil ? flat + 1 : 0
            if let left, left != last { say("\(account): not flat: \(left)") }
            last = left ?? ""
            Thread.sleep(forTimeInterval: Self.pause)
        }
        guard flat >= Self.looks else {
            say("\(account): still not flat, the kill switch stays off")
            return false
        }
        let answer: Result<Void, DhanError>? = Awaited.wait { client.setKillSwitch(true, $0) }
        switch answer {
        case .success: say("\(account): flat, and switched off at the broker for today")
        case .failure(let error): say("\(account): flat; kill switch: \(error.reason)")
        case nil: say("\(account): flat; kill switch: no answer, look at web.dhan.co")
        }
        if case .success = answer { return true }
        return false
    }

    /// At once: whoever waits reads along, also through a pipe.
    private func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private func left(
        _ account: AccountID, _ broker: DhanBroker, _ isClosed: (AccountID) throws -> Bool
    ) -> String? {
        do {
            guard try isClosed(account) else { return "a position is open" }
        } catch {
            return "\(error)"
        }
        let books: Result<BrokerBooks, BrokerError>? = Awaited.wait { broker.books($0) }
        switch books {
        case .success(let books): return FlattenPlan.left(books)
        case .failure(let error): return "the books cannot be read: \(error)"
        case nil: return "the books cannot be read: no answer"
        }
    }
}
