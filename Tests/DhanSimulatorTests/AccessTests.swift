import DhanSimulator
import Support
import Testing
import Trading

@Suite("The simulator: tokens and limits")
struct AccessTests {
    private static let mint =
        "/app/generateAccessToken?dhanClientId=1000000001&pin=123456&totp=000000"

    @Test func `a new token kills the one before`() {
        var counter = Counter()
        let token = counter.call("POST", Self.mint, token: nil)?.json?["accessToken"]?.string
        #expect(counter.call("GET", "/v2/orders", token: token)?.status == 200)
        let dead = counter.call("GET", "/v2/orders")
        #expect(dead?.status == 400)
        #expect(dead?.json?["errorMessage"]?.string == "Invalid Token")
        let never = counter.call("GET", "/v2/orders", token: "x")
        #expect(never?.status == 401)
        #expect(never?.json?["errorCode"]?.string == "DH-901")
    }

    @Test func `a second token within two minutes is refused, and the wait begins anew`() {
        var counter = Counter()
        #expect(counter.call("POST", Self.mint, token: nil)?.json?["accessToken"] != nil)
        for _ in 0..<2 {
            counter.wait(119_000)
            let refused = counter.call("POST", Self.mint, token: nil)
            #expect(refused?.status == 200)
            #expect(refused?.json?["status"]?.string == "error")
        }
        counter.wait(120_000)
        #expect(counter.call("POST", Self.mint, token: nil)?.json?["accessToken"] != nil)
    }

    @Test func `a wrong pin and a code that is none are refused with status 200`() {
        var counter = Counter()
        let wrong = Self.mint.replacing("pin=123456", with: "pin=1")
        #expect(
            counter.call("POST", wrong, token: nil)?.json
                == ["message": "Unauthorized Request", "status": "error"])
        let short = Self.mint.replacing("totp=000000", with: "totp=12")
        #expect(counter.call("POST", short, token: nil)?.json?["message"]?.string == "Invalid TOTP")
    }

    @Test(
        "Codes of RFC 6238, their last six digits",
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ])
    func codes(seconds: Int, code: String) {
        var counter = Counter()
        _ = counter.engine.withAccount(Counter.client) {
            $0.totpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        }
        counter.now = EventTime(milliseconds: seconds * 1_000)
        let wrong = Self.mint.replacing("totp=000000", with: "totp=000001")
        #expect(counter.call("POST", wrong, token: nil)?.json?["message"]?.string == "Invalid TOTP")
        counter.now = EventTime(milliseconds: seconds * 1_000 + 120_000)
        let late = Self.mint.replacing("totp=000000", with: "totp=\(code)")
        #expect(counter.call("POST", late, token: nil)?.json?["message"]?.string == "Invalid TOTP")
        var fresh = Counter()
        _ = fresh.engine.withAccount(Counter.client) {
            $0.totpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        }
        fresh.now = EventTime(milliseconds: seconds * 1_000)
        #expect(fresh.call("POST", late, token: nil)?.json?["accessToken"] != nil)
    }

    @Test func `clients with one token are told apart by their header`() {
        var counter = Counter()
        counter.engine.add(SimulatedAccount("2", token: nil, opening: .rupees(1)))
        counter.engine.issue(to: "2", Counter.token, now: counter.now)
        for client in ["2", "1000000001"] {
            let headers = ["access-token": Counter.token, "client-id": client]
            counter.engine.handle(
                Call("GET", "/v2/fundlimit", headers: headers), CallID(7), now: counter.now)
            counter.wait(0)
            #expect(counter.reply(to: CallID(7))?.json?["dhanClientId"]?.string == client)
        }
    }

    @Test func `a token lives a day, and its owner reads until when`() {
        var counter = Counter()
        let validity = counter.call("GET", "/v2/profile")?.json?["tokenValidity"]?.string
        #expect(validity == "16/12/2025 10:00")
        counter.wait(24 * 3_600_000)
        #expect(
            counter.call("GET", "/v2/profile")?.json?["errorMessage"]?.string == "Invalid Token")
    }

    @Test func `renewing gives a new token and ends the old one`() {
        var counter = Counter()
        let id = counter.send("GET", "/v2/RenewToken")
        #expect(counter.reply(to: id)?.status == 400)
        counter.engine.handle(
            Call(
                "GET", "/v2/RenewToken",
                headers: ["access-token": Counter.token, "dhanClientId": "1000000001"]),
            CallID(900), now: counter.now)
        counter.wait(0)
        #expect(counter.reply(to: CallID(900))?.json?["accessToken"] != nil)
        #expect(counter.call("GET", "/v2/orders")?.status == 400)
    }

    @Test(
        "So many calls, and one more",
        arguments: [
            ("POST", "/v2/orders", 10, 1_000), ("GET", "/v2/orders", 20, 1_000),
            ("POST", "/v2/charts/intraday", 5, 1_000), ("POST", "/v2/marketfeed/ltp", 1, 1_050),
        ])
    func limits(method: String, path: String, most: Int, window: Int) {
        var counter = Counter { $0.limitsRates = true }
        let body = Counter.body()
        for _ in 0..<most { #expect(counter.call(method, path, body)?.status != 429) }
        #expect(counter.call(method, path, body)?.status == 429)
        counter.wait(window - 1)
        #expect(counter.call(method, path, body)?.status == 429)
        counter.wait(1)
        #expect(counter.call(method, path, body)?.status != 429)
    }

    @Test func `an order over the limit has come to the door, and the ledger says so`() {
        var counter = Counter { $0.limitsRates = true }
        let body = Counter.body()
        for _ in 0..<10 { counter.call("POST", "/v2/orders", body) }
        #expect(counter.ledger.count { $0.event == .turnedAway } == 0)
        #expect(counter.call("POST", "/v2/orders", body)?.status == 429)
        #expect(counter.call("DELETE", "/v2/orders/1")?.status == 429)
        #expect(counter.ledger.count { $0.event == .turnedAway } == 1)
    }

    @Test func `orders of a minute and of a day are counted`() {
        var windows = RateWindows()
        var now = EventTime.at(9, 15)
        var taken = 0
        for _ in 0..<300 {
            if windows.take(.orders, now: now) { taken += 1 }
            now = now + .milliseconds(100)
        }
        #expect(taken == 250)
        for _ in 0..<8 * 60 {
            now = now + .minutes(1)
            for count in 0..<30 where windows.take(.orders, now: now + .milliseconds(count * 200)) {
                taken += 1
            }
        }
        #expect(taken == 7_000)
    }
}
