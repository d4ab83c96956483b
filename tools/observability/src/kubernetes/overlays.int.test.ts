import { readFileSync } from 'node:fs';
import { STOP_DEADLINE_MS } from '@hybrid-sync/service-host';
import { findKustomize, hadForTests } from '@hybrid-sync/services';
import { COUNT_LIMIT, loadSettings, SETTINGS } from '@hybrid-sync/sync-core';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { faultsOf } from '../promql/known-metrics.js';
import { readQuery } from '../promql/read-query.js';
import { RULES_FILE } from '../rules/alert-rules.js';
import { BuiltOverlay, OPERATOR_RULES_FILE } from './built-overlay.js';

const REPOSITORY = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, REPOSITORY), 'utf8');
const { version } = JSON.parse(read('package.json'));
const COMPONENTS = ['api', 'projector'];
const DEFAULTS = loadSettings({ env: {} }).settings;
const VARIABLES = Object.values(SETTINGS).map(({ env }) => env);
const FILE_VARIABLES = ['REDIS_URL_FILE', 'QUEUE_REDIS_URL_FILE', 'MONGODB_URL_FILE'];

it("the operator's rules are those of Prometheus", async () => {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'hybrid-sync' },
    spec: parse(readFileSync(RULES_FILE, 'utf8')),
  };
  const head = [
    '# The rules of deploy/prometheus/rules/hybrid-sync.yml, as the Prometheus operator takes them: written anew by',
    '# "npx vitest run -u tools/observability/src/kubernetes".',
  ];
  await expect(`${head.join('\n')}\n${stringify(object)}`).toMatchFileSnapshot(OPERATOR_RULES_FILE);
});

describe.skipIf((await hadForTests('kustomize', findKustomize)) === undefined)(
  'what an overlay makes',
  { timeout: 180_000 },
  () => {
    const made = new Map<string, Promise<BuiltOverlay>>();
    const built = async (name: string) => {
      const overlay = await (made.get(name) ?? BuiltOverlay.build(name));
      made.set(name, Promise.resolve(overlay));
      return { name, overlay, pods: overlay.deployments.map(({ spec }) => spec.template.spec) };
    };

    describe.each(['small', 'production'])('%s:', (name) => {
      it('an api and a projector, of this version, from the images that the compose file builds', async () => {
        const { pods } = await built(name);
        const { services } = parse(read('docker-compose.yml'), { merge: true });
        const images = COMPONENTS.map((component) => `${services[component].image}:${version}`);
        expect(pods.map(({ containers: [{ image }] }) => image).sort()).toEqual(images);
      });

      it('settings that there are, with values that are valid', async () => {
        const { overlay, pods } = await built(name);
        for (const { containers } of pods) {
          const environment = overlay.environmentOf(containers[0]);
          for (const variable of Object.keys(environment))
            expect([...VARIABLES, ...FILE_VARIABLES]).toContain(variable);
          const inFiles = Object.fromEntries(FILE_VARIABLES.map((variable) => [variable, undefined]));
          expect(() => loadSettings({ env: { ...environment, ...inFiles } })).not.toThrow();
        }
      });

      it('ports that the processes listen on, and probes of them', async () => {
        const { overlay, pods } = await built(name);
        for (const { containers } of pods) {
          const [container] = containers;
          const { PORT, METRICS_PORT, REDIS_LISTEN_PORT } = overlay.environmentOf(container);
          const ports = new Map(container.ports.map((port) => [port.name, `${port.containerPort}`]));
          expect(ports.get('health')).toBe(METRICS_PORT);
          if (container.name === 'api') expect(ports.get('http')).toBe(PORT);
          expect(ports.get('redis')).toBe(REDIS_LISTEN_PORT);
          for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
            expect(container[probe].httpGet).toEqual({
              path: probe === 'readinessProbe' ? '/readyz' : '/healthz',
              port: 'health',
            });
        }
      });

      it('secrets as files, where the settings look for them, made as the documents say', async () => {
        const { overlay, pods } = await built(name);
        for (const { containers, volumes } of pods) {
          const mounted = containers[0].volumeMounts.flatMap(({ name, mountPath }) => {
            const { secret } = volumes.find((volume) => volume.name === name) ?? { secret: { items: [] } };
            return secret.items.map(({ path }) => `${mountPath}/${path}`);
          });
          const environment = Object.entries(overlay.environmentOf(containers[0]));
          const named = environment
            .filter(([variable]) => variable.endsWith('_FILE'))
            .map(([, file]) => file);
          expect(named.sort()).toEqual(mounted.sort());
          for (const { key } of volumes.flatMap(({ secret }) => secret.items))
            expect(read('docs/operations.md')).toContain(`--from-file=${key}=`);
        }
      });

      it('no rights that a pod does not need', async () => {
        const { pods } = await built(name);
        for (const pod of pods) {
          expect(pod).toMatchObject({
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
          });
          expect(pod.containers[0].securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
        }
      });

      it('as much time for a stop as one takes', async () => {
        const { overlay, pods } = await built(name);
        for (const { containers, terminationGracePeriodSeconds } of pods) {
          const [container] = containers;
          const given = overlay.environmentOf(container).SHUTDOWN_DELAY_MS;
          const delayMs = container.name === 'api' ? Number(given ?? DEFAULTS.shutdownDelayMs) : 0;
          expect(terminationGracePeriodSeconds * 1000).toBeGreaterThan(delayMs + STOP_DEADLINE_MS);
        }
      });

      it('Services and budgets of one Deployment each, and ports that its pods have', async () => {
        const { overlay } = await built(name);
        for (const { spec } of overlay.deployments)
          expect(overlay.selectedBy(spec.selector.matchLabels)).toHaveLength(1);
        for (const kind of ['Service', 'PodDisruptionBudget']) {
          const selected = overlay.ofKind(kind).flatMap(({ metadata, spec }) => {
            const [deployment, ...others] = overlay.selectedBy(spec.selector.matchLabels ?? spec.selector);
            expect([metadata.name, others]).toEqual([deployment?.metadata.name, []]);
            const ports = deployment?.spec.template.spec.containers[0].ports.map((port) => port.name);
            for (const { targetPort } of spec.ports ?? []) expect(ports).toContain(targetPort);
            return metadata.name;
          });
          expect(selected.sort()).toEqual(['hybrid-sync-api', 'hybrid-sync-projector']);
        }
      });

      it('network policies of all pods, and of ports that they have', async () => {
        const { overlay } = await built(name);
        const policies = overlay.ofKind('NetworkPolicy').map(({ metadata, spec }) => {
          const selected = overlay.selectedBy(spec.podSelector.matchLabels);
          for (const { ports } of spec.ingress)
            for (const { port } of ports)
              for (const { spec: deployment } of selected)
                expect(deployment.template.spec.containers[0].ports.map((each) => each.name)).toContain(port);
          return [metadata.name, selected.length];
        });
        expect(policies.sort()).toEqual([
          ['hybrid-sync', 2],
          ['hybrid-sync-api', 1],
        ]);
      });
    });

    it("Redis' protocol: at the Service, to those who may call over HTTP", async () => {
      const { overlay } = await built('production');
      const [service] = overlay.servicesWith({ 'app.kubernetes.io/component': 'api' });
      expect(service?.spec.ports).toContainEqual({ name: 'redis', port: 6380, targetPort: 'redis' });
      const policy = overlay
        .ofKind('NetworkPolicy')
        .find(({ metadata }) => metadata.name === 'hybrid-sync-api');
      expect(policy?.spec.ingress).toMatchObject([{ ports: [{ port: 'http' }, { port: 'redis' }] }]);
    });

    it('scraping: every process, as the job that the alert rules know it by', async () => {
      const { overlay } = await built('production');
      const [monitor] = overlay.ofKind('ServiceMonitor');
      const services = overlay.servicesWith(monitor?.spec.selector.matchLabels);
      expect(services.map(({ metadata }) => metadata.labels[monitor?.spec.jobLabel]).sort()).toEqual(
        COMPONENTS,
      );
      for (const { spec } of services)
        for (const { port, path } of monitor?.spec.endpoints ?? [])
          expect([spec.ports.map((each: { name: string }) => each.name), path]).toEqual([
            expect.arrayContaining([port]),
            '/metrics',
          ]);
    });

    it('scaling: by metrics that there are, in bounds that mean something, and by nobody else', async () => {
      const { overlay } = await built('production');
      const scaled = new Map(
        overlay.ofKind('ScaledObject').map(({ spec }) => [spec.scaleTargetRef.name as string, spec]),
      );
      expect([...scaled.keys()].sort()).toEqual(
        overlay.deployments.map(({ metadata }) => metadata.name).sort(),
      );
      for (const { spec } of overlay.deployments) expect(spec).not.toHaveProperty('replicas');
      for (const { triggers } of scaled.values())
        for (const { metadata } of triggers) expect(faultsOf(readQuery(metadata.query))).toEqual([]);

      const projector = scaled.get('hybrid-sync-projector');
      expect(projector.maxReplicaCount).toBe(DEFAULTS.slots);
      // Events are counted up to a bound: the largest number that is told has to be enough for all of them.
      expect(COUNT_LIMIT / projector.triggers[0].metadata.threshold).toBeGreaterThan(
        projector.maxReplicaCount - 1,
      );

      const api = scaled.get('hybrid-sync-api');
      const { maxAsyncThreads, loadSaturation } = DEFAULTS;
      const busyWhenHigh = maxAsyncThreads * loadSaturation;
      expect(Number(api.triggers[0].metadata.threshold)).toBeLessThan(busyWhenHigh);
    });
  },
);
