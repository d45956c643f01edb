// A graph of faiss for callers that know C: no exception leaves, and a filter is a function with a context.
//
// Each call works in the thread that makes it: so the same insertions make the same graph, and searches of several
// connections do not wait for each other's threads.

#include <faiss/IndexHNSW.h>
#include <faiss/impl/IDSelector.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

extern "C" void omp_set_num_threads(int threads);

namespace {

using Passes = bool (*)(const void* context, std::int64_t node);

struct Filter final : faiss::IDSelector {
    Passes passes;
    const void* context;

    Filter(Passes passes, const void* context) : passes(passes), context(context) {}

    bool is_member(idx_t node) const override {
        return passes(context, node);
    }
};

}  // namespace

extern "C" {

enum { PRODUCT = 0, EUCLIDEAN = 1, MANHATTAN = 2 };

struct Links {
    const std::int32_t* levels;
    std::size_t nodes;
    const std::int32_t* neighbours;
    std::size_t slots;
    std::int32_t entry;
    std::int32_t top;
};

// An empty graph; null if there is no room for it.
faiss::IndexHNSWFlat* helios_faiss_new(int dimensions, int links, int construction, int metric) try {
    static const faiss::MetricType metrics[] = {
            faiss::METRIC_INNER_PRODUCT, faiss::METRIC_L2, faiss::METRIC_L1};
    auto graph = std::make_unique<faiss::IndexHNSWFlat>(dimensions, links, metrics[metric]);
    graph->hnsw.efConstruction = construction;
    return graph.release();
} catch (...) {
    return nullptr;
}

void helios_faiss_free(faiss::IndexHNSWFlat* graph) {
    delete graph;
}

// Adds vectors; whether there was room.
bool helios_faiss_add(faiss::IndexHNSWFlat* graph, std::size_t count, const float* vectors) try {
    omp_set_num_threads(1);
    graph->add(static_cast<faiss::Index::idx_t>(count), vectors);
    return true;
} catch (...) {
    return false;
}

// Writes the nearest nodes that pass to `nodes`, which has room for `most`. How many there are; none where faiss failed.
std::size_t helios_faiss_search(
        const faiss::IndexHNSWFlat* graph,
        const float* query,
        std::size_t most,
        std::size_t effort,
        Passes passes,
        const void* context,
        std::int64_t* nodes) try {
    omp_set_num_threads(1);
    Filter filter(passes, context);
    faiss::SearchParametersHNSW parameters;
    parameters.efSearch = static_cast<int>(effort);
    parameters.sel = &filter;
    std::vector<float> distances(most);
    graph->search(1, query, static_cast<faiss::Index::idx_t>(most), distances.data(), nodes, &parameters);
    std::size_t found = 0;
    while (found < most && nodes[found] >= 0) {
        found++;
    }
    return found;
} catch (...) {
    return 0;
}

// The links of all nodes, which stay where they are until the graph changes.
Links helios_faiss_links(const faiss::IndexHNSWFlat* graph) {
    const faiss::HNSW& hnsw = graph->hnsw;
    return Links{hnsw.levels.data(), hnsw.levels.size(), hnsw.neighbors.data(), hnsw.neighbors.size(),
                 hnsw.entry_point, hnsw.max_level};
}

// How many slots for neighbours a node has that is in so many layers; 0 where no node is in so many.
std::size_t helios_faiss_slots(const faiss::IndexHNSWFlat* graph, std::int32_t levels) {
    const std::vector<int>& all = graph->hnsw.cum_nneighbor_per_level;
    return levels > 0 && static_cast<std::size_t>(levels) < all.size() ? all[levels] : 0;
}

// Gives an empty graph its vectors and links; whether there was room. All that links say was looked at before.
bool helios_faiss_restore(faiss::IndexHNSWFlat* graph, const float* vectors, const Links* links) try {
    graph->storage->add(static_cast<faiss::Index::idx_t>(links->nodes), vectors);
    faiss::HNSW& hnsw = graph->hnsw;
    hnsw.levels.assign(links->levels, links->levels + links->nodes);
    hnsw.neighbors.assign(links->neighbours, links->neighbours + links->slots);
    hnsw.offsets.assign(1, 0);
    hnsw.offsets.reserve(links->nodes + 1);
    for (int levels : hnsw.levels) {
        hnsw.offsets.push_back(hnsw.offsets.back() + hnsw.cum_nb_neighbors(levels));
    }
    hnsw.entry_point = links->entry;
    hnsw.max_level = links->top;
    graph->ntotal = static_cast<faiss::Index::idx_t>(links->nodes);
    return true;
} catch (...) {
    return false;
}

}  // extern "C"
