import { findKustomize, hadForTests } from '@hybrid-sync/services';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { BuiltOverlay } from './built-overlay.js';

/** The published schemas of the kinds that deploy/kubernetes has. */
const SCHEMAS = [
  ConfigMap,
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  PrometheusRule,
  ScaledObject,
  Service,
  ServiceMonitor,
];

interface Described {
  readonly apiVersion?: string;
  readonly kind?: string;
}

/** What is wrong with an object of Kubernetes: values that its schema refuses, and fields that it does not have. */
function faultsOf(object: Described): string[] {
  const model = SCHEMAS.find(
    ({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind,
  );
  if (model === undefined) return [`there is no schema of ${object.apiVersion} ${object.kind}`];
  const unread = new Set<string>();
  try {
    model.prototype.validate.call(watched(object, '', unread));
  } catch (error) {
    return [error instanceof Error ? error.message : `${error}`];
  }
  return [...unread].map((path) => `${path} is unknown`);
}

/**
 * A copy that takes out of `unread` the path of each field that is read. The schemas let pass what they do not know, and never
 * read it.
 */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([field, inside]) => {
    unread.add(`${path}/${field}`);
    return [field, watched(inside, `${path}/${field}`, unread)] as const;
  });
  return new Proxy(Array.isArray(value) ? fields.map(([, inside]) => inside) : Object.fromEntries(fields), {
    get(target, field) {
      unread.delete(`${path}/${String(field)}`);
      return Reflect.get(target, field);
    },
  });
}

describe('the published schemas', () => {
  const scaled = (spec: object) => ({
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'hybrid-sync-api' },
    spec: { scaleTargetRef: { name: 'hybrid-sync-api' }, triggers: [], ...spec },
  });

  it.each([
    ['a field that is unknown', scaled({ minReplicas: 3 }), '/spec/minReplicas is unknown'],
    [
      'an unknown field in a list',
      scaled({ triggers: [{ type: 'cpu', metadata: {}, kind: 'x' }] }),
      '/spec/triggers/0/kind is unknown',
    ],
    [
      'a value of another type',
      scaled({ minReplicaCount: '3' }),
      'data/spec/minReplicaCount must be integer',
    ],
    [
      'a field that is missing',
      { ...scaled({}), spec: {} },
      'data/spec must have required property scaleTargetRef',
    ],
    [
      'another version',
      { ...scaled({}), apiVersion: 'keda.sh/v1' },
      'there is no schema of keda.sh/v1 ScaledObject',
    ],
  ])('refuse %s', (_fault, object, words) => {
    expect(faultsOf(scaled({}))).toEqual([]);
    expect(faultsOf(object).join()).toContain(words);
  });
});

describe.skipIf((await hadForTests('kustomize', findKustomize)) === undefined)(
  'what an overlay makes',
  { timeout: 180_000 },
  () => {
    it.each(['small', 'production'])('%s: objects of the published schemas', async (name) => {
      const { objects } = await BuiltOverlay.build(name);
      expect(objects.map((object) => [object.kind, object.metadata.name, faultsOf(object)])).toEqual(
        objects.map(({ kind, metadata }) => [kind, metadata.name, []]),
      );
    });
  },
);
