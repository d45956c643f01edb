//! Operations and conditions of transactions, and how many of them one request takes.
//!
//! A transaction of etcd has at most 128 conditions and operations (`--max-txn-ops`), and so many less in each transaction
//! inside of it: with one level of these, a request takes thousands.

use bytes::Bytes;

use crate::message::{
    Compare, DeleteRangeRequest, PutRequest, RangeRequest, RangeResponse, Request, RequestOp, Response,
    ResponseOp, Target, TxnRequest,
};

/// So many operations stand together, and so many groups of them in a request.
const GROUP: usize = 60;
/// A request has so many operations at most.
pub(crate) const MOST_OPERATIONS: usize = GROUP * (GROUP - 10);

/// Reads a range.
pub(crate) fn range(range: RangeRequest) -> RequestOp {
    RequestOp { request: Some(Request::Range(range)) }
}

/// Reads a key at a revision.
pub(crate) fn read(key: Bytes, revision: i64) -> RequestOp {
    range(RangeRequest { key, revision, ..RangeRequest::default() })
}

/// Writes a key, which goes with a lease if that is not 0.
pub(crate) fn put(key: Bytes, value: Bytes, lease: i64) -> RequestOp {
    RequestOp { request: Some(Request::Put(PutRequest { key, value, lease })) }
}

/// Deletes a key, or a range where there is an end.
pub(crate) fn delete(key: Bytes, range_end: Bytes) -> RequestOp {
    RequestOp { request: Some(Request::DeleteRange(DeleteRangeRequest { key, range_end })) }
}

/// A transaction in a transaction.
pub(crate) fn inner(request: TxnRequest) -> RequestOp {
    RequestOp { request: Some(Request::Txn(request)) }
}

/// The same operations in groups, if they are many.
pub(crate) fn grouped(operations: Vec<RequestOp>) -> Vec<RequestOp> {
    debug_assert!(operations.len() <= MOST_OPERATIONS, "more operations than a request takes");
    if operations.len() <= GROUP {
        return operations;
    }
    let mut groups = Vec::new();
    let mut operations = operations.into_iter().peekable();
    while operations.peek().is_some() {
        let success = operations.by_ref().take(GROUP).collect();
        groups.push(inner(TxnRequest { success, ..TxnRequest::default() }));
    }
    groups
}

/// The ranges that the operations of a transaction have read, also those in groups, in their order.
pub(crate) fn ranges(responses: Vec<ResponseOp>) -> Vec<RangeResponse> {
    let mut found = Vec::with_capacity(responses.len());
    for response in responses {
        match response.response {
            Some(Response::Range(range)) => found.push(range),
            Some(Response::Txn(inner)) => found.extend(ranges(inner.responses)),
            Some(Response::Put(_) | Response::DeleteRange(_)) | None => {}
        }
    }
    found
}

/// A key has a value.
pub(crate) fn has_value(key: Bytes, value: Bytes) -> Compare {
    Compare { result: 0, target: 3, key, target_union: Some(Target::Value(value)) }
}

/// A key has a value that is less than another, byte by byte.
pub(crate) fn is_less(key: Bytes, value: Bytes) -> Compare {
    Compare { result: 2, target: 3, key, target_union: Some(Target::Value(value)) }
}

/// There is no such key.
pub(crate) fn is_missing(key: Bytes) -> Compare {
    Compare { result: 0, target: 1, key, target_union: Some(Target::CreateRevision(0)) }
}

/// A key was written so often.
pub(crate) fn was_written(key: Bytes, times: i64) -> Compare {
    Compare { result: 0, target: 0, key, target_union: Some(Target::Version(times)) }
}
