/** Where in the log the event of a delivery lies that has no row any more: asked of whoever keeps the history. */
import { Injectable } from '@nestjs/common';

export interface DeliveryPlace {
  readonly webhookId: string;
  readonly eventId: string;
  readonly partition: number;
  readonly offset: number;
}

/** Whoever knows it. Declared here, as it is asked from here. */
export interface KnowsPlaces {
  /** Null: there was no such delivery, or it is forgotten, or it was a test send. */
  placeOf(deliveryId: string): Promise<DeliveryPlace | null>;
}

@Injectable()
export class DeliveryPlaces {
  #history: KnowsPlaces | null = null;

  askOf(history: KnowsPlaces): void {
    this.#history = history;
  }

  async find(deliveryId: string): Promise<DeliveryPlace | null> {
    return (await this.#history?.placeOf(deliveryId)) ?? null;
  }
}
