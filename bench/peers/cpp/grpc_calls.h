#pragma once

#include <memory>

#include <grpcpp/grpcpp.h>

#include "bench/peers/cpp/peer_workload.h"
#include "peer.grpc.pb.h"

namespace timeservice::peers {

using Stub = peer::Peer::Stub;
template <typename Message>
using Pending = std::unique_ptr<grpc::ClientAsyncResponseReader<Message>>;

/// The four calls in gRPC's terms, all with the same members: `request` makes the message of a workload,
/// `call` waits, `start` does not, `view` gives what the message of a reply holds.

struct GetTimeCall {
  using Message = peer::TimeReply;
  static peer::TimeRequest request(const Workload&) { return {}; }
  static grpc::Status call(Stub& stub, grpc::ClientContext& context, const peer::TimeRequest& request,
                           Message& reply) {
    return stub.GetTime(&context, request, &reply);
  }
  static Pending<Message> start(Stub& stub, grpc::ClientContext& context, const peer::TimeRequest& request,
                                grpc::CompletionQueue& queue) {
    return stub.AsyncGetTime(&context, request, &queue);
  }
  static Reply view(const Message& reply) { return {.text = reply.time()}; }
};

struct EchoCall {
  using Message = peer::EchoReply;
  static peer::EchoRequest request(const Workload& workload) {
    peer::EchoRequest request;
    request.set_payload(workload.payload());
    return request;
  }
  static grpc::Status call(Stub& stub, grpc::ClientContext& context, const peer::EchoRequest& request,
                           Message& reply) {
    return stub.Echo(&context, request, &reply);
  }
  static Pending<Message> start(Stub& stub, grpc::ClientContext& context, const peer::EchoRequest& request,
                                grpc::CompletionQueue& queue) {
    return stub.AsyncEcho(&context, request, &queue);
  }
  static Reply view(const Message& reply) { return {.text = reply.payload()}; }
};

struct PricesCall {
  using Message = peer::PricesReply;
  static peer::PricesRequest request(const Workload& workload) {
    peer::PricesRequest request;
    request.set_count(workload.count());
    return request;
  }
  static grpc::Status call(Stub& stub, grpc::ClientContext& context, const peer::PricesRequest& request,
                           Message& reply) {
    return stub.Prices(&context, request, &reply);
  }
  static Pending<Message> start(Stub& stub, grpc::ClientContext& context, const peer::PricesRequest& request,
                                grpc::CompletionQueue& queue) {
    return stub.AsyncPrices(&context, request, &queue);
  }
  static Reply view(const Message& reply) {
    return {.prices = {reply.prices().data(), static_cast<std::size_t>(reply.prices_size())}};
  }
};

struct WaitCall {
  using Message = peer::WaitReply;
  static peer::WaitRequest request(const Workload& workload) {
    peer::WaitRequest request;
    request.set_milliseconds(workload.milliseconds());
    return request;
  }
  static grpc::Status call(Stub& stub, grpc::ClientContext& context, const peer::WaitRequest& request,
                           Message& reply) {
    return stub.Wait(&context, request, &reply);
  }
  static Pending<Message> start(Stub& stub, grpc::ClientContext& context, const peer::WaitRequest& request,
                                grpc::CompletionQueue& queue) {
    return stub.AsyncWait(&context, request, &queue);
  }
  static Reply view(const Message& reply) { return {.milliseconds = reply.milliseconds()}; }
};

}  // namespace timeservice::peers
