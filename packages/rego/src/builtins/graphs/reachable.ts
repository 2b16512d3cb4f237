import { RegoSet } from '../../values/collections.ts';
import { isArray } from '../../values/kinds.ts';
import { memberOf } from '../../values/objects.ts';
import type { ObjectValue, Value } from '../../values/value.ts';
import type { BuiltinContext, BuiltinGroup } from '../builtin.ts';
import { objectOperand, operandTypeError } from '../operands.ts';

/** Rego's `graph.*`: a graph is an object of vertices to the arrays or sets of their neighbours (`v1/topdown/reachable.go`). */
export const graphBuiltins: BuiltinGroup = {
  'graph.reachable': (context: BuiltinContext, graphValue: Value, initial: Value) => {
    const graph = objectOperand(graphValue, 1);
    const queue = [...initialVertices(initial)];
    const reached = new RegoSet();
    for (let index = 0; index < queue.length; index++) {
      context.checkLimits();
      const vertex = queue[index] as Value;
      const edges = memberOf(graph, vertex);
      // A vertex that is in no key of the graph is not part of it. One that was reached adds nothing new.
      if (edges === undefined || reached.has(vertex)) continue;
      for (const neighbour of verticesOf(edges)) if (!reached.has(neighbour)) queue.push(neighbour);
      reached.add(vertex);
    }
    return reached;
  },

  'graph.reachable_paths': (context: BuiltinContext, graphValue: Value, initial: Value) => {
    const graph = objectOperand(graphValue, 1);
    const search: Search = { context, graph, paths: new RegoSet() };
    for (const vertex of initialVertices(initial)) {
      const edges = memberOf(graph, vertex);
      if (edges === undefined) continue;
      const neighbours = verticesOf(edges);
      if (neighbours.length === 0) search.paths.add([vertex]);
      for (const neighbour of neighbours) follow(search, neighbour, [vertex]);
    }
    return search.paths;
  },
};

interface Search {
  readonly context: BuiltinContext;
  readonly graph: ObjectValue;
  readonly paths: RegoSet;
}

/** Longest path that is followed; a longer one would exhaust the stack. OPA has no bound. */
const PATH_LENGTH_MAX = 2_000;

/** Adds the paths that go on from a path to a vertex. A path ends where its next vertex is already on it. */
function follow(search: Search, vertex: Value, path: readonly Value[]): void {
  search.context.checkLimits();
  const edges = memberOf(search.graph, vertex);
  if (edges === undefined) {
    search.paths.add(path);
    return;
  }
  // Not a BuiltinError, so that no policy goes on as if there were no paths.
  if (path.length >= PATH_LENGTH_MAX)
    throw new Error(`graph.reachable_paths: path of more than ${PATH_LENGTH_MAX}`);
  const longer = [...path, vertex];
  const neighbours = verticesOf(edges);
  if (neighbours.length === 0) search.paths.add(longer);
  const onPath = RegoSet.of(longer);
  for (const neighbour of neighbours) {
    if (onPath.has(neighbour)) search.paths.add(longer);
    else follow(search, neighbour, longer);
  }
}

/** What is no array and no set has no vertices. */
function verticesOf(edges: Value): readonly Value[] {
  if (isArray(edges)) return edges;
  return edges instanceof RegoSet ? edges.sorted() : [];
}

function initialVertices(value: Value): readonly Value[] {
  if (isArray(value) || value instanceof RegoSet) return verticesOf(value);
  throw operandTypeError(value, 2, '{array, set}');
}
