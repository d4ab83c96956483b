import { fileURLToPath } from 'node:url';
import { findKustomize } from '@hybrid-sync/services';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';

const KUBERNETES = new URL('../../../../deploy/kubernetes/', import.meta.url);
/** The alert rules as the Prometheus operator takes them. */
export const OPERATOR_RULES_FILE = fileURLToPath(
  new URL('components/monitoring/alert-rules.yaml', KUBERNETES),
);

type Labels = Readonly<Record<string, string>>;
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
/** A container of a pod, as far as the tests look at it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly securityContext: object;
}
interface PodSpec {
  readonly containers: readonly [Container];
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly volumes: readonly {
    readonly name: string;
    readonly secret: { readonly items: readonly { readonly key: string; readonly path: string }[] };
  }[];
}
/** Any object of Kubernetes; what its kind has not is absent. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Labels };
  readonly data: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own, and the tests say what they expect.
  readonly spec: any;
}
/** A Deployment of Kubernetes. */
export interface KubernetesDeployment extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  };
}

/** What an overlay of deploy/kubernetes makes. */
export class BuiltOverlay {
  readonly objects: readonly KubernetesObject[];

  private constructor(objects: readonly KubernetesObject[]) {
    this.objects = objects;
  }

  /** Builds it as `kubectl apply -k` does. @throws ServicesError where there is no kustomize; ExecaError with its words */
  static async build(name: string): Promise<BuiltOverlay> {
    const folder = fileURLToPath(new URL(`overlays/${name}`, KUBERNETES));
    const { stdout } = await execa(await findKustomize(), ['build', folder]);
    return new BuiltOverlay(parseAllDocuments(stdout).map((document) => document.toJS()));
  }

  ofKind(kind: string): KubernetesObject[] {
    return this.objects.filter((object) => object.kind === kind);
  }

  get deployments(): KubernetesDeployment[] {
    return this.ofKind('Deployment');
  }

  /** Deployments whose pods have these labels. */
  selectedBy(labels: Labels): KubernetesDeployment[] {
    return this.deployments.filter(({ spec }) => has(spec.template.metadata.labels, labels));
  }

  /** Services that have these labels themselves. */
  servicesWith(labels: Labels): KubernetesObject[] {
    return this.ofKind('Service').filter(({ metadata }) => has(metadata.labels, labels));
  }

  /** The environment that a container gets. @throws Error where what it refers to is not there */
  environmentOf({ env = [], envFrom }: Container): Record<string, string> {
    const maps = envFrom.map(({ configMapRef }) => {
      const map = this.ofKind('ConfigMap').find(({ metadata }) => metadata.name === configMapRef.name);
      if (map === undefined) throw new Error(`there is no ConfigMap ${configMapRef.name}`);
      return map.data;
    });
    return Object.assign({}, ...maps, Object.fromEntries(env.map(({ name, value }) => [name, value])));
  }
}

function has(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
