import HTTP
import Support
import Testing
import Trading

@testable import Brokers

/// What an answer to an order comes to, by status, code and text.
@Suite struct DhanOutcomeTests {
    enum Class: String, Sendable { case accepted, refused, unknown, notSent = "not sent" }

    struct Row: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var outcome: Class
        var trouble: DhanTrouble?

        init(_ status: Int, _ body: String, _ outcome: Class, _ trouble: DhanTrouble? = nil) {
            self.status = status
            self.body = body
            self.outcome = outcome
            self.trouble = trouble
        }

        static func error(_ code: String, _ text: String) -> String {
            #"{"errorType":"X","errorCode":"\#(code)","errorMessage":"\#(text)"}"#
        }
        var testDescription: String { "\(status) \(body.prefix(70))" }
    }

    static let rows: [Row] = [
        // Taken, in every container that was seen.
        Row(200, #"{"orderId":"112","orderStatus":"TRANSIT"}"#, .accepted),
        Row(201, #"{"orderId":112,"orderStatus":"PENDING"}"#, .accepted),
        Row(202, #"[{"orderId":"112","orderStatus":"rejected","new":{}}]"#, .accepted),
        Row(200, #"{"status":"success","data":{"orderId":"112"}}"#, .accepted),
        // An order with a number is taken, whatever stands beside it.
        Row(200, #"{"orderId":"112","errorType":"","errorMessage":""}"#, .accepted),
        Row(200, #"{"orderId":"112","httpStatus":"OK"}"#, .accepted),
        Row(200, #"{"status":"error","message":"late","orderId":"112"}"#, .accepted),
        // Refused, in the broker's words.
        Row(400, Row.error("DH-905", "Missing required fields"), .refused),
        Row(400, Row.error("DH-906", "Market is Closed! You cannot modify"), .refused),
        Row(404, Row.error("DH-906", "Incorrect request for order"), .refused),
        Row(400, #"{"status":"failed","data":{"814":"Invalid Request"}}"#, .refused),
        Row(
            400, #"{"status":"failure","remarks":{"error_code":"DH-905","error_message":"x"}}"#,
            .refused),
        Row(
            403, #"{"errorCode":806,"errorMessage":"Data APIs not subscribed"}"#, .refused,
            .noDataPlan),
        Row(
            401, #"{"status":"failed","data":{"806":"Data APIs not subscribed"}}"#, .refused,
            .noDataPlan),
        Row(403, Row.error("DH-903", "segment inactive"), .refused, .accountBlocked),
        // The whole account.
        Row(400, Row.error("DH-905", "Invalid IP"), .refused, .invalidIP),
        Row(403, Row.error("DH-911", "not whitelisted"), .refused, .invalidIP),
        // Turned away at the door: the order is as good as before.
        Row(400, Row.error("DH-906", "Invalid Token"), .notSent, .deadToken),
        Row(401, Row.error("DH-906", "Invalid Token"), .notSent, .deadToken),
        Row(401, Row.error("DH-901", "expired"), .notSent, .deadToken),
        Row(
            401, #"{"status":"failed","data":{"808":"Authentication Failed"}}"#, .notSent,
            .deadToken),
        // Nobody knows: neither is it a known way of saying no.
        Row(200, #"{"status":"error","message":"no"}"#, .unknown),
        Row(200, #"[{"message":"no","status":"ERROR"}]"#, .unknown),
        Row(
            200, #"{"errorCode":806,"errorMessage":"Data APIs not subscribed"}"#, .unknown,
            .noDataPlan),
        Row(200, Row.error("DH-906", "Order is being processed"), .unknown),
        Row(400, Row.error("DH-999", "Something new"), .unknown),
        Row(404, #"{"timestamp":1,"status":404,"error":"Not Found","path":"/v2/x"}"#, .unknown),
        Row(429, Row.error("DH-904", "Too many requests"), .unknown, .rateLimited),
        Row(200, #"{"status":"failed","data":{"805":"Too many"}}"#, .unknown, .rateLimited),
        Row(400, Row.error("DH-904", "Too many requests"), .unknown, .rateLimited),
        Row(429, "<html>", .unknown, .rateLimited),
        Row(500, Row.error("DH-908", "Internal"), .unknown),
        Row(400, Row.error("DH-909", "Network"), .unknown),
        Row(500, Row.error("DH-906", "Invalid Token"), .unknown),
        Row(502, "<html>Bad Gateway</html>", .unknown),
        Row(403, "<html>Forbidden</html>", .unknown),
        Row(400, "", .unknown),
        Row(400, "{}", .unknown),
        Row(302, #"{"orderId":"112"}"#, .unknown),
        Row(200, "", .unknown),
        Row(200, "{}", .unknown),
        Row(200, "[]", .unknown),
        Row(200, "null", .unknown),
        Row(200, #"{"orderId":null,"orderStatus":"TRANSIT"}"#, .unknown),
        Row(200, #"{"orderId":"","orderStatus":"TRANSIT"}"#, .unknown),
        Row(200, #"{"orderId":"0","orderStatus":"TRANSIT"}"#, .unknown),
        Row(200, #"{"orderId":"../x","orderStatus":"TRANSIT"}"#, .unknown),
        Row(200, #"{"orderId":"112","orderId":"113"}"#, .unknown),
        Row(200, #"[{"orderId":"112"},{"orderId":"113"}]"#, .unknown),
        Row(200, #"{"orderId":"112""#, .unknown),
        Row(200, #"{"orderId":"112"}{"#, .unknown),
    ]

    @Test(arguments: rows) func `placing:`(row: Row) async throws {
        let desk = try DhanDesk { _ in [.answer(row.status, row.body)] }
        let order = Fixtures.order()
        let result = await desk.ask { desk.broker.place(order, nonce: "n", left: {}, $0) }
        let outcome: Class =
            switch result {
            case .success(let placed): placed.number == "112" ? .accepted : .unknown
            case .failure(.refused): .refused
            case .failure(.notSent): .notSent
            case .failure(.unknown): .unknown
            }
        #expect(outcome == row.outcome)
        #expect(desk.troubles == (row.trouble.map { [$0] } ?? []))
        #expect(desk.server.requests.count == 1)
    }
}
